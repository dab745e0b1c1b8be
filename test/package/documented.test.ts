/** Whatever the package exports says what it is: editors show it, and nothing else explains a name to who has only the package. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { API, type Checker, type Symbol as Declared, SymbolFlags } from 'typescript/unstable/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';

const Manifest = z.object({ exports: z.record(z.string(), z.string()) });
const ENTRIES = Object.entries(Manifest.parse(JSON.parse(readFileSync('package.json', 'utf8'))).exports);

let api: API;
let checker: Checker;
let exportsOf: (file: string) => readonly Declared[];
beforeAll(() => {
  api = new API({ cwd: process.cwd() });
  const [project] = api.updateSnapshot({ openProjects: [resolve('tsconfig.json')] }).getProjects();
  if (project === undefined) {
    throw new Error('The compiler has not opened tsconfig.json');
  }
  checker = project.checker;
  exportsOf = (file) => {
    const source = project.program.getSourceFile(resolve(file));
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    if (module === undefined) {
      throw new Error(`${file} is no module of the project`);
    }
    return checker.getExportsOfModule(module).map(declared);
  };
});
afterAll(() => api.close());

function declared(symbol: Declared): Declared {
  return (symbol.flags & SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}

function isDocumented(symbol: Declared): boolean {
  return checker.getDocumentationCommentOfSymbol(symbol) !== '' || checker.getJsDocTagsOfSymbol(symbol).length > 0;
}

/** An export, and the methods that it declares. */
function namesOf(symbol: Declared): readonly (readonly [string, Declared])[] {
  const methods = [...symbol.getMembers().values()].filter(
    ({ name, flags }) => (flags & SymbolFlags.Method) !== 0 && !name.startsWith('#') && !name.startsWith('__#'),
  );
  return [[symbol.name, symbol], ...methods.map((method) => [`${symbol.name}.${method.name}`, method] as const)];
}

test.each(ENTRIES)('every name of %s is documented, and every method', (_, file) => {
  const undocumented = exportsOf(file)
    .flatMap(namesOf)
    .filter(([, symbol]) => !isDocumented(symbol))
    .map(([name]) => name);
  expect(undocumented).toEqual([]);
});
