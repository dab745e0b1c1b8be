/** Compiles, checks and runs the blocks of chapters, all of them with each tool once. */
import { resolve } from 'node:path';
import { type Chapter, isServed, type Step } from './chapter.ts';
import { differenceOf, type Problem } from './problem.ts';
import { runProcess } from './run-process.ts';
import { shellProblems } from './shell.ts';
import { blockFile, MARK, typeErrorFile, type Workshop } from './workshop.ts';

/** What is wrong, but for blocks that need a running system. */
export async function examine(workshop: Workshop): Promise<Problem[]> {
  const found = await Promise.all([examineCode(workshop), outputProblems(workshop), commandProblems(workshop)]);
  return found.flat();
}

/** What is wrong before anything is run: whether it compiles, is formatted, and passes the linter. */
export async function examineCode(workshop: Workshop): Promise<Problem[]> {
  const found = await Promise.all([typeProblems(workshop), formatProblems(workshop), lintProblems(workshop)]);
  return found.flat();
}

interface Diagnostic {
  readonly file: string;
  readonly line: number;
  /** `error TS2322: …`, with all its lines. */
  text: string;
}

/** Said of what the rest of the script would use. */
const UNUSED = /^error TS(6133|6192|6196|6198):/;

async function typeProblems(workshop: Workshop): Promise<Problem[]> {
  const { folder, chapters, inChapters } = workshop;
  const tsc = resolve('node_modules/typescript/bin/tsc');
  const { out } = await runProcess(process.execPath, [tsc, '--project', folder, '--pretty', 'false']);
  const diagnostics = diagnosticsOf(out);
  const problems: Problem[] = [];
  for (const chapter of chapters) {
    for (const step of chapter.steps.filter(({ isTypeError }) => isTypeError)) {
      const file = typeErrorFile(chapter, step);
      const own = diagnostics.filter((one) => one.file === file && !UNUSED.test(one.text) && isWithin(step, one.line));
      problems.push(...differenceOf(chapter.path, step.line, own.map(({ text }) => text).join('\n'), step.output));
    }
  }
  const unexpected = diagnostics.filter(({ file }) => !/\.type-error-\d+\.ts$/.test(file));
  return [
    ...problems,
    ...unexpected.map(({ file, line, text }) => ({ where: inChapters(`shop/${file}:${line}`), message: text })),
  ];
}

function isWithin({ line, code }: Step, at: number): boolean {
  return at >= line && at < line + code.length;
}

function diagnosticsOf(out: string): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const line of out.split('\n').filter((one) => one !== '')) {
    const [, file, at, text] = /^\S*shop\/(\S+)\((\d+),\d+\): (.*)$/.exec(line) ?? [];
    const last = diagnostics.at(-1);
    if (file !== undefined && text !== undefined) {
      diagnostics.push({ file, line: Number(at), text });
    } else if (last !== undefined && line.startsWith(' ')) {
      last.text += `\n${line}`;
    } else {
      throw new Error(`The compiler says: ${line}`);
    }
  }
  return diagnostics;
}

async function formatProblems({ folder, chapters }: Workshop): Promise<Problem[]> {
  const text = await biome(['format', '--vcs-use-ignore-file=false', `${folder}/blocks`]);
  return chapters.flatMap((chapter) =>
    chapter.steps
      .filter(({ language }) => language === 'ts')
      .filter((step) => text.includes(`blocks/${blockFile(chapter, step)} format`))
      .map(({ line }) => ({ where: `${chapter.path}:${line}`, message: 'is not as Biome formats it' })),
  );
}

async function lintProblems({ folder, inChapters }: Workshop): Promise<Problem[]> {
  const text = await biome([
    'lint',
    '--error-on-warnings',
    // As in examples.
    '--skip=style/noProcessEnv',
    '--vcs-use-ignore-file=false',
    `${folder}/shop`,
  ]);
  const found = text.matchAll(/^\S*shop\/(\S+\.ts:\d+):\d+ (lint\/\S+)[^\n]*\n+([^\n]*)/gm);
  return [...found]
    .filter(([, where = '']) => !where.includes('.type-error-'))
    .map(([, where, rule, message = '']) => ({
      where: inChapters(`shop/${where}`),
      message: `${rule} ${message.trim()}`,
    }));
}

async function biome(args: readonly string[]): Promise<string> {
  const { out, err } = await runProcess(process.execPath, [
    resolve('node_modules/.bin/biome'),
    ...args,
    '--max-diagnostics=none',
    '--colors=off',
  ]);
  if (!/Checked \d+ files/.test(out + err)) {
    throw new Error(`Biome says: ${out}${err}`);
  }
  return out + err;
}

/** Runs the scripts. Each block must print what stands behind it, and nothing where nothing does. */
export async function outputProblems(
  { folder, chapters, inChapters }: Workshop,
  environment: Readonly<Record<string, string>> = {},
): Promise<Problem[]> {
  const names = chapters.map(({ name }) => name);
  const { out, err } = await runProcess(process.execPath, [`${folder}/run.ts`, ...names], environment);
  const printed = new Map<string, string>();
  for (const part of out.split(MARK).slice(1)) {
    const [mark = '', ...lines] = part.split('\n');
    printed.set(mark, lines.join('\n'));
  }
  const problems = err === '' ? [] : [{ where: 'standard error', message: inChapters(err) }];
  for (const chapter of chapters) {
    const failure = printed.get(`${chapter.name}:failed`);
    const scripted = chapter.steps.filter(
      ({ language, file, isTypeError }) => language === 'ts' && file === undefined && !isTypeError,
    );
    for (const { line, output } of scripted) {
      const text = printed.get(`${chapter.name}:${line}`);
      if (text !== undefined) {
        problems.push(...differenceOf(chapter.path, line, text, output));
      } else if (failure === undefined) {
        problems.push({ where: `${chapter.path}:${line}`, message: 'was not run' });
      }
    }
    if (failure !== undefined) {
      problems.push(failureOf(chapter, inChapters(failure)));
    }
  }
  return problems;
}

/** Where the chapter fails: the first of its lines in the stack. */
function failureOf({ path }: Chapter, stack: string): Problem {
  const frame = stack.split(/[\s()]/).find((part) => part.startsWith(`${path}:`));
  const [, line = '1'] = /:(\d+)/.exec(frame?.slice(path.length) ?? '') ?? [];
  return { where: `${path}:${line}`, message: `fails: ${stack.trim()}` };
}

async function commandProblems(workshop: Workshop): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const chapter of workshop.chapters.filter(({ steps }) => !steps.some(isServed))) {
    for (const step of chapter.steps.filter(({ language }) => language === 'sh')) {
      problems.push(...(await shellProblems(workshop, chapter, step)));
    }
  }
  return problems;
}
