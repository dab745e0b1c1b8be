/** What a user gets: the package that `npm pack` makes, installed in a project of its own, with the README's examples as they stand there. */
import { cpSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parseTemplate, readJson, resourcesOf } from '../infrastructure/templates.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { type InstalledPackage, installPackage } from './installed-package.ts';

const ENTRIES = ['tidemark', 'tidemark/http', 'tidemark/infrastructure', 'tidemark/lambda', 'tidemark/testing'];

/** It has 331 KB: what makes it larger than this is likely not to belong in it. */
const PACKED_BYTES_MAX = 400_000;

// A compiler and a bundler, on a machine that does other things as well.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let installed: InstalledPackage;
let dynamoDb: TestDynamoDb;
beforeAll(async () => {
  [installed, dynamoDb] = await Promise.all([installPackage(), dynamoDbForTest()]);
});
afterAll(async () => {
  installed?.remove();
  await dynamoDb?.stop();
});

/** The README's block of TypeScript that imports from an entry first. */
function readmeExample(entry: string): string {
  const blocks = [...readFileSync('README.md', 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)];
  const block = blocks.map(([, code = '']) => code).find((code) => code.includes(` from '${entry}';`));
  if (block === undefined) {
    throw new Error(`README.md has no example of ${entry}`);
  }
  return block;
}

/** On the tables of this test. */
function firstExample(): string {
  return readmeExample('tidemark').replace("tableNames('tidemark')", 'tableNames(process.env.TABLES)');
}

/** What stands below it. */
const FIRST_OUTPUT = "[ 'OrderPlaced', 'OrderShipped' ]\n";

function localDynamoDb(): Record<string, string> {
  return {
    TABLES: dynamoDb.names.events.replace(/-events$/, ''),
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}

test('packing leaves the repository as it was', () => {
  expect(installed.manifestAfterwards).toBe(readFileSync('package.json', 'utf8'));
});

test('the package is small, and has neither tests nor sources in it', () => {
  expect(statSync(installed.archive).size).toBeLessThan(PACKED_BYTES_MAX);
  const files = globSync('**/*.*', { cwd: join(installed.folder, 'node_modules/tidemark') });
  const kinds = new Set(files.map((file) => `${file.split('/')[0]} ${file.replace(/^[^.]*/, '')}`));
  expect([...kinds].toSorted()).toEqual([
    'CHANGELOG.md .md',
    'README.md .md',
    'dist .d.ts',
    'dist .js',
    'docs .md',
    'docs .svg',
    'package.json .json',
  ]);
  expect(readdirSync(join(installed.folder, 'node_modules/tidemark/dist')).toSorted()).toEqual([
    'bin',
    'lambdas',
    'lib',
  ]);
});

test("the README's first example runs as an ES module", async () => {
  installed.write('first.mjs', firstExample().replaceAll('Order-1', 'Order-Esm'));
  expect(await installed.run('node', ['first.mjs'], localDynamoDb())).toBe(FIRST_OUTPUT);
});

test("the README's first example runs as CommonJS, by require", async () => {
  const [imports = '', ...rest] = firstExample().replaceAll('Order-1', 'Order-Cjs').split('\n');
  const required = imports.replace(/^import (.*) from (.*);$/, 'const $1 = require($2);');
  installed.write('first.cjs', `${required}\nvoid (async () => {\n${rest.join('\n')}})();\n`);
  expect(await installed.run('node', ['first.cjs'], localDynamoDb())).toBe(FIRST_OUTPUT);
});

test('each entry is one module for import and require', async () => {
  const program = `for (const entry of ${JSON.stringify(ENTRIES)}) {
      const required = require(entry);
      import(entry).then((imported) => console.log(entry, required === imported && Object.keys(imported).length > 0));
    }`;
  const said = await installed.run('node', ['--input-type=commonjs', '--eval', program]);
  expect(said.trim().split('\n').toSorted()).toEqual(ENTRIES.map((entry) => `${entry} true`));
});

test('what is inside is not to be imported', async () => {
  const inside = installed.run('node', ['--eval', "require('tidemark/dist/lib/store/append.js')"]);
  await expect(inside).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
});

test('tidemark/testing and tidemark/http run without DynamoDB', async () => {
  const program = `import { createEventStore, memoryTables } from 'tidemark';
    import { createHttpApp } from 'tidemark/http';
    import { storeContract, tablesContract } from 'tidemark/testing';
    for (const { run } of [...tablesContract(() => memoryTables()), ...storeContract(() => memoryTables())]) {
      await run();
    }
    const answer = await createHttpApp(createEventStore({ tables: memoryTables() })).request('/openapi.json');
    console.log(answer.status, Object.keys((await answer.json()).paths).length > 5);`;
  expect(await installed.run('node', ['--input-type=module', '--eval', program])).toBe('200 true\n');
});

const TYPED_REQUIRES = `import tidemark = require('tidemark');
import testing = require('tidemark/testing');
const { defineDecider } = tidemark;
const { testDecider } = testing;
`;

/** A test of a decider that the compiler must find one mistake in, for an ES module and for CommonJS. */
const TYPED = `const order = defineDecider<{ isPlaced: boolean }, { Place: object }, { Placed: { totalCents: number } }>({
  category: 'Order',
  initialState: { isPlaced: false },
  decide: { Place: () => [{ type: 'Placed', data: { totalCents: 1 } }] },
  evolve: { Placed: () => ({ isPlaced: true }) },
});
testDecider(order).when({ type: 'Place', data: {} }).thenEvents({ type: 'Placed', data: { totalCents: 1 } });
// @ts-expect-error There is no such command.
testDecider(order).when({ type: 'Ship', data: {} });
`;

/** Strict, also with the types of the package and of all that they refer to. */
const STRICT = {
  target: 'es2024',
  module: 'nodenext',
  types: ['node'],
  noEmit: true,
  allowImportingTsExtensions: true,
  verbatimModuleSyntax: true,
  strict: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  skipLibCheck: false,
};

/** CDK's own types do not keep `exactOptionalPropertyTypes`; a project without CDK can. */
test.each([
  ['with exact optional properties', { exactOptionalPropertyTypes: true }, ['orders/stack.ts']],
  ['with CDK', {}, []],
])('strict TypeScript, %s, compiles the example of orders, and CommonJS', async (_, more, exclude) => {
  cpSync('examples/orders', join(installed.folder, 'orders'), { recursive: true });
  const imports = "import { defineDecider } from 'tidemark';\nimport { testDecider } from 'tidemark/testing';\n";
  installed.write('typed/module.ts', `${imports}${TYPED}`);
  installed.write('typed/common.cts', `${TYPED_REQUIRES}${TYPED}`);
  const config = { compilerOptions: { ...STRICT, ...more }, include: ['orders', 'typed'], exclude };
  installed.write('tsconfig.json', JSON.stringify(config));
  expect(await installed.run('node', ['node_modules/typescript/bin/tsc'])).toBe('');
});

/** What Lambda and the stack set. */
const FUNCTION = {
  AWS_REGION: 'eu-central-1',
  POWERTOOLS_SERVICE_NAME: 'shop',
  EVENTS_TABLE: 'events',
  LOG_TABLE: 'log',
  STATE_TABLE: 'state',
  READ_MODELS_TABLE: 'read-models',
};

const TOTALS = `import { defineProjection } from 'tidemark';

export const totals = defineProjection<{ OrderPlaced: { totalCents: number } }, { totalCents: number }>({
  name: 'totals',
  version: 1,
  key: (event) => event.streamId,
  initial: { totalCents: 0 },
  evolve: { OrderPlaced: (document, { data }) => ({ totalCents: document.totalCents + data.totalCents }) },
});
`;

test("the README's app is synthesized, and each of its functions is bundled as in the repository, and starts", async () => {
  installed.write('app.mjs', readmeExample('tidemark/infrastructure'));
  installed.write('src/lambda-totals.ts', readmeExample('tidemark/lambda'));
  installed.write('src/totals.ts', TOTALS);
  await installed.run('node', ['app.mjs'], { CDK_OUTDIR: 'cdk.out' });
  const template = parseTemplate(readJson(join(installed.folder, 'cdk.out/Shop.template.json')));
  expect(Object.keys(resourcesOf(template, 'AWS::DynamoDB::Table'))).toHaveLength(4);

  const bundles = globSync('cdk.out/asset.*/index.mjs', { cwd: installed.folder });
  // Of append, read, sequencer, scan, verify and the projection. The largest of them have no search for credentials in them.
  expect(bundles).toHaveLength(6);
  const sizes = bundles.map((bundle) => statSync(join(installed.folder, bundle)).size);
  expect(Math.max(...sizes)).toBeLessThan(450_000);

  const program = `for (const bundle of ${JSON.stringify(bundles)}) {
    console.log(typeof require('./' + bundle).handler);
  }`;
  const started = await installed.run('node', ['--input-type=commonjs', '--eval', program], FUNCTION);
  expect(started.trim().split('\n')).toEqual(bundles.map(() => 'function'));
});

test('the command line is installed', async () => {
  expect(await installed.run('npx', ['--no-install', 'tidemark', '--help'])).toMatch(/^Usage: tidemark/);
});
