/**
 * A folder in which the guide is what its reader makes of it: the files that blocks name, and for each chapter one script of all its other
 * blocks. Each line has the number that it has in its chapter, so that what a tool says of it is said of the chapter.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Chapter, Step } from './chapter.ts';

export interface Workshop {
  readonly folder: string;
  readonly chapters: readonly Chapter[];
  /** A text in which the files of this folder are called what their chapters are. */
  inChapters(text: string): string;
  remove(): void;
}

/** In the repository, because `tidemark` is found from there only. Git and the linter ignore it. */
const PARENT = '.guide';

/** Tells in the output of a script which block prints. */
export const MARK = '\u0000';

export function setUpWorkshop(chapters: readonly Chapter[]): Workshop {
  mkdirSync(PARENT, { recursive: true });
  const folder = mkdtempSync(join(resolve(PARENT), 'shop-'));
  const paths = new Map<string, string>();
  const write = (file: string, path: string, lines: readonly string[]) => {
    paths.set(file, path);
    writeFileSync(join(folder, 'shop', file), `${lines.join('\n')}\n`);
  };
  for (const part of ['shop', 'blocks']) {
    mkdirSync(join(folder, part));
  }
  writeFileSync(join(folder, 'tsconfig.json'), '{ "extends": "../../tsconfig.json", "include": ["shop"] }\n');
  writeFileSync(join(folder, 'run.ts'), RUN);
  for (const chapter of chapters) {
    write(`${chapter.name}.ts`, chapter.path, scriptOf(chapter));
    for (const step of chapter.steps.filter(({ language }) => language === 'ts')) {
      writeFileSync(join(folder, 'blocks', blockFile(chapter, step)), `${step.code.join('\n')}\n`);
      if (step.file !== undefined) {
        refuseSecond(paths, step.file, chapter, step);
        write(step.file, chapter.path, placed([], step));
      } else if (step.isTypeError) {
        write(typeErrorFile(chapter, step), chapter.path, scriptOf(chapter, step));
      }
    }
  }
  return {
    folder,
    chapters,
    inChapters: (text) => inChapters(text, folder, paths),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** One block for itself, for the formatter. */
export function blockFile({ name }: Chapter, { line }: Step): string {
  return `${name}.${line}.ts`;
}

/** The script up to a block that must not compile, and that block. */
export function typeErrorFile({ name }: Chapter, { line }: Step): string {
  return `${name}.type-error-${line}.ts`;
}

/** Runs the chapters one after the other in one process; one that fails says why, and does not keep the next from being run. */
const RUN = `for (const name of process.argv.slice(2)) {
  try {
    await import(\`./shop/\${name}.ts\`);
  } catch (error) {
    console.log(\`${'\\u0000'}\${name}:failed\\n\${error instanceof Error ? error.stack : String(error)}\`);
  }
}
`;

/** All blocks of the chapter's script; or those before one that must not compile, and that one. */
function scriptOf({ name, steps }: Chapter, typeError?: Step): string[] {
  const lines: string[] = [];
  for (const step of steps) {
    if (step.language !== 'ts' || step.file !== undefined) {
      continue;
    }
    if (step === typeError) {
      return placed(lines, step);
    }
    if (!step.isTypeError) {
      placed(lines, step)[step.line - 2] = `console.log('\\u0000${name}:${step.line}');`;
    }
  }
  return lines.some((line) => line.startsWith('import ')) ? lines : [...lines, 'export {};'];
}

/** Puts a block where it stands in its chapter. */
function placed(lines: string[], { line, code }: Step): string[] {
  while (lines.length < line - 1) {
    lines.push('');
  }
  lines.push(...code);
  return lines;
}

function refuseSecond(paths: ReadonlyMap<string, string>, file: string, { path }: Chapter, { line }: Step): void {
  if (paths.has(file)) {
    throw new Error(`${path}:${line}: shop/${file} is made by another block already`);
  }
}

function inChapters(text: string, folder: string, paths: ReadonlyMap<string, string>): string {
  let named = text.replaceAll(`file://${folder}`, folder).replaceAll(/\S*\.guide\/shop-\w+\//g, '');
  for (const [file, path] of [...paths].toSorted(([one], [other]) => other.length - one.length)) {
    named = named.replaceAll(`shop/${file}`, path);
  }
  return named;
}
