/** The commands of the guide that need a system, one after the other on one that is started as the guide says. */
import { expect, onTestFinished, test } from 'vitest';
import { runReadyTidemark, temporaryFolder } from '../support/tidemark-process.ts';
import { guideChapters, isServed } from './chapter.ts';
import { differenceOf, type Problem } from './problem.ts';
import { shellProblems } from './shell.ts';
import { setUpWorkshop } from './workshop.ts';

test('the guide can be followed on a system that npm start has started', async () => {
  const chapters = guideChapters();
  const workshop = setUpWorkshop(chapters);
  onTestFinished(() => workshop.remove());
  const data = await temporaryFolder();
  const served = await runReadyTidemark([], { TIDEMARK_DATA: data });
  const problems: Problem[] = [];
  for (const chapter of chapters.filter(({ steps }) => steps.some(isServed))) {
    for (const step of chapter.steps.filter(({ language }) => language === 'sh')) {
      const found = step.code.join('\n').includes('npm start')
        ? differenceOf(chapter.path, step.line, served.readyLine.replace(data, '.tidemark'), step.output)
        : await shellProblems(workshop, chapter, step, served);
      problems.push(...found);
    }
  }
  expect(problems.map(({ where, message }) => `${where}: ${message}`).join('\n\n')).toBe('');
}, 120_000);
