/** The TypeScript of the README, as chapters: the blocks of a section are one script, as those of a chapter of the guide are. */
import { type Chapter, readChapter, type Step } from './chapter.ts';

const PATH = 'README.md';

/** What the blocks of a section leave to their reader: names of his own, or a file. */
interface Given {
  readonly code: readonly string[];
  readonly file?: string;
}

/** The sections with TypeScript. */
const SECTIONS: Readonly<Record<string, Given | undefined>> = {
  'As a library': {
    code: [
      "import type { LoggedEvent } from 'tidemark';",
      '',
      'declare let checkpoint: number;',
      'declare function handle(event: LoggedEvent): Promise<void>;',
    ],
  },
  'The store': {
    code: [
      'declare const accessKeyId: string;',
      'declare const secretAccessKey: string;',
      'declare const sessionToken: string;',
      'declare const region: string;',
      'declare const apiUrl: string;',
    ],
  },
  "In an app of one's own": { code: [] },
  'Add a projection': {
    file: 'totals.ts',
    code: [
      "import { defineHandler } from 'tidemark';",
      '',
      "export const totals = defineHandler({ name: 'totals', version: 1, handle: () => {} });",
    ],
  },
};

/** The blocks of the library, on tables whose names begin with `prefix`; but for the loop that follows the log, which has no end. */
export function runnableReadme(prefix: string): readonly Chapter[] {
  const library = readmeChapters().filter(({ name }) => name === 'readme-as-a-library');
  return library.map((chapter) => ({
    ...chapter,
    steps: chapter.steps
      .filter(({ line, code }) => line > 1 && !code.some((text) => text.includes('store.subscribe(')))
      .map((step) => ({
        ...step,
        code: step.code.map((text) => text.replace("tableNames('tidemark')", `tableNames('${prefix}')`)),
      })),
  }));
}

/** @throws {Error} a block that stands in another section, so that nobody would compile it */
export function readmeChapters(): readonly Chapter[] {
  const { text, steps } = readChapter(PATH);
  const blocks = steps.filter(({ language }) => language === 'ts');
  const headings = [...text.split('\n').entries()].filter(([, line]) => /^#{2,3} /.test(line));
  const sectionOf = (at: number) => headings.findLast(([index]) => index < at)?.[1].replace(/^#+ /, '') ?? '';
  for (const { line } of blocks) {
    if (SECTIONS[sectionOf(line)] === undefined) {
      throw new Error(`${PATH}:${line}: no TypeScript is expected in the section ${sectionOf(line)}`);
    }
  }
  return Object.entries(SECTIONS).map(([section, given]) => ({
    name: `readme-${section.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`,
    path: PATH,
    text,
    steps: [...givenStep(given), ...blocks.filter(({ line }) => sectionOf(line) === section)],
  }));
}

/** In the empty lines before the first block. */
function givenStep({ code, file }: Given = { code: [] }): readonly Step[] {
  return code.length === 0 ? [] : [{ language: 'ts', line: 1, code, output: '', isTypeError: false, file }];
}
