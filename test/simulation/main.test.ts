/** A run that is interrupted says how far it has got, and how to go on. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { goOnText, progressText } from './progress.ts';

test('progress says how fast it goes, and how long it will take', () => {
  const progress = { seeds: 10_000, from: 7, elapsedMs: 10_000 };
  expect(progressText({ ...progress, done: 500 })).toBe('500 of 10000 seeds from 7, 50 seeds/s, about 4 min left');
  expect(progressText({ ...progress, done: 5 })).toBe('5 of 10000 seeds from 7, 0.5 seeds/s, about 5.6 h left');
  expect(progressText({ ...progress, done: 9_000 })).toBe('9000 of 10000 seeds from 7, 900 seeds/s, about 2 s left');
  expect(progressText({ ...progress, done: 0 })).toBe('0 of 10000 seeds from 7, 0.0 seeds/s');
});

test('an interrupted run goes on with the first seed that was not run', () => {
  expect(goOnText('simulate', { from: 7, seedsDone: 20, seeds: 50 })).toBe(
    'The first seed that was not run is 27; to go on: simulate --from 27 --seeds 30',
  );
});

test('Ctrl-C ends a long run with what it has come to', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const parameters = [main, '--world', 'log', '--from', '1', '--seeds', '1000000'];
  const { code, stdout, stderr } = await new Promise<{ code: number | null; stdout: string; stderr: string }>(
    (resolve) => {
      const child = execFile(process.execPath, parameters, (_, stdoutText, stderrText) =>
        resolve({ code: child.exitCode, stdout: stdoutText, stderr: stderrText }),
      );
      child.stderr?.once('data', () => child.kill('SIGINT'));
    },
  );
  expect(stdout).toContain('Crash points');
  const [, done, next] =
    /(\d+) of 1000000 seeds from 1,[^\n]*faults\nThe first seed that was not run is (\d+);/.exec(stderr) ?? [];
  expect(Number(done)).toBeGreaterThan(0);
  expect(Number(next)).toBe(Number(done) + 1);
  expect(code).toBe(0);
});
