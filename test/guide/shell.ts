/** Runs the commands of the guide as its reader does, in the root of the repository. */
import type { Chapter, Step } from './chapter.ts';
import { differenceOf, type Problem } from './problem.ts';
import { runProcess } from './run-process.ts';
import type { Workshop } from './workshop.ts';

/** Where the system of `npm start` is, in place of where the guide says that it is. */
export interface Served {
  readonly url: string;
  readonly endpoint: string;
}

const NOWHERE: Served = { url: 'http://127.0.0.1:1', endpoint: 'http://127.0.0.1:1' };

/** What is wrong with what a command prints, if anything. */
export async function shellProblems(
  { folder, inChapters }: Workshop,
  { path }: Chapter,
  { code, line, output }: Step,
  { url, endpoint }: Served = NOWHERE,
): Promise<Problem[]> {
  const command = code
    .join('\n')
    .replaceAll('npx node', `'${process.execPath}'`)
    .replaceAll('shop/', `${folder}/shop/`)
    .replaceAll('http://127.0.0.1:3000', url)
    .replaceAll('http://127.0.0.1:8000', endpoint);
  const { out, err } = await runProcess('sh', ['-c', command], { DYNAMODB_ENDPOINT: endpoint });
  const problems = differenceOf(path, line, inChapters(out), output);
  return problems.map(({ where, message }) => ({ where, message: `${message}\n${err}`.trim() }));
}
