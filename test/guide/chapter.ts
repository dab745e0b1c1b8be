/** A chapter of the guide, and the blocks of code in it. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A block of code. */
export interface Block {
  readonly language: string;
  /** Of its first line of code in the chapter, whose first line is 1. */
  readonly line: number;
  readonly code: readonly string[];
}

/** A block that is run. */
export interface Step extends Block {
  readonly language: 'ts' | 'sh';
  /** What stands in the `text` or `json` block behind it; empty where there is none. */
  readonly output: string;
  /** The file that it is, named in its first line; undefined for a part of the chapter's script. */
  readonly file: string | undefined;
  /** Whether it must not compile: its output is what the compiler says. */
  readonly isTypeError: boolean;
}

export interface Chapter {
  /** Such as `03-commands`. */
  readonly name: string;
  /** As a message names it. */
  readonly path: string;
  readonly text: string;
  readonly steps: readonly Step[];
}

const GUIDE = 'docs/guide';

/** The chapters, in their order. */
export function guideChapters(): Chapter[] {
  const files = readdirSync(GUIDE).filter((file) => /^\d.*\.md$/.test(file));
  return files.toSorted().map((file) => readChapter(join(GUIDE, file)));
}

/** @throws {Error} a block that nobody would run */
export function readChapter(path: string): Chapter {
  const text = readFileSync(path, 'utf8');
  return { name: basename(path, '.md'), path, text, steps: stepsOf(path, blocksOf(path, text)) };
}

/** Whether a block talks to the system that `npm start` starts. */
export function isServed({ language, code }: Step): boolean {
  return language === 'sh' && /npm start|127\.0\.0\.1/.test(code.join('\n'));
}

function blocksOf(path: string, text: string): Block[] {
  const blocks: Block[] = [];
  let open: { readonly language: string; readonly line: number; readonly code: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*(?:```+|~~~+)(.*)$/.exec(line);
    if (open === undefined && /^(?: {4}|\t)/.test(line)) {
      throw new Error(`${path}:${index + 1}: code that is indented is not run; put it between \`\`\``);
    }
    if (open !== undefined && fence !== null) {
      blocks.push(open);
      open = undefined;
    } else if (fence !== null) {
      open = { language: fence[1] ?? '', line: index + 2, code: [] };
    } else {
      open?.code.push(line);
    }
  }
  if (open !== undefined) {
    throw new Error(`${path}:${open.line - 1}: the block has no end`);
  }
  return blocks;
}

const FILE = /^\/\/ shop\/([\w.-]+\.ts)$/;

function stepsOf(path: string, blocks: readonly Block[]): Step[] {
  return blocks.flatMap(({ language, line, code }, index) => {
    if (language === 'text' || language === 'json') {
      const before = blocks[index - 1];
      if (before?.language !== 'ts' && before?.language !== 'sh') {
        throw new Error(`${path}:${line - 1}: an output must stand behind what prints it`);
      }
      return [];
    }
    if (language !== 'ts' && language !== 'sh') {
      throw new Error(`${path}:${line - 1}: a block is \`ts\`, \`sh\`, or the \`text\` or \`json\` that one prints`);
    }
    const next = blocks[index + 1];
    const output = next?.language === 'text' || next?.language === 'json' ? next.code.join('\n') : '';
    const isTypeError = language === 'ts' && output.startsWith('error TS');
    return [{ language, line, code, output, isTypeError, file: FILE.exec(code[0] ?? '')?.[1] }];
  });
}
