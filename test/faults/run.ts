/** A run under faults: the system of a machine, twice, with writers and followers, on a DynamoDB behind a proxy that fails. */
import type { Processes } from './attempts.ts';
import { begin, type Run, type RunOptions } from './begin.ts';
import { PROGRESS_MS, WEIGH_MS, WRITERS } from './bounds.ts';
import { measureAlone } from './dynamodb-alone.ts';
import { judge, judgeRun, repeat, settle } from './judge.ts';
import { progressLine, summaryOf } from './summary.ts';
import { write } from './writer.ts';

export interface RunOutcome {
  /** What does not hold; empty where everything does. */
  readonly violations: readonly string[];
  readonly summary: readonly string[];
}

export async function runUnderFaults(options: RunOptions): Promise<RunOutcome> {
  const run = await begin(options);
  const { violations, onTrouble, say } = run;
  try {
    await work(run);
    say('No more faults and kills; waiting until everything is in the log and in the projections …');
    await settle(run);
    say('Verifying and comparing …');
    await repeat(run);
    await judge(run);
    judgeRun(run);
  } catch (error) {
    onTrouble(`The run failed: ${error instanceof Error ? error.stack : error}`);
  } finally {
    await end(run);
  }
  return { violations, summary: summaryOf(run) };
}

/** Writers write, and processes are killed, until the time is over. Resolves when the last thing has come through. */
async function work(run: Run): Promise<void> {
  const { seconds, trying, ledger, recent, rate, proxy, measures, say, processes, kills, onTrouble } = run;
  const begun = performance.now();
  const mayGoOn = () => performance.now() - begun < seconds * 1_000;
  const pauseMs = (WRITERS / rate) * 1_000;
  const alone = new AbortController();
  measures.begin(seconds);
  const measuring = measureAlone(run.dynamoDb.endpoint, measures, alone.signal);
  const progress = setInterval(() => say(progressLine(run, performance.now() - begun)), PROGRESS_MS);
  const weighing = setInterval(() => void measures.weigh(pidsOf(processes)), WEIGH_MS);
  try {
    const killing = kills.killWhile(mayGoOn);
    const writing = Array.from({ length: WRITERS }, (_, index) =>
      write({ ...trying(index), name: `w${index + 1}`, ledger, recent, pauseMs, mayGoOn }).catch((error: unknown) =>
        onTrouble(`Writer w${index + 1} gave up: ${error}`),
      ),
    );
    await killing;
    await proxy.calm();
    await Promise.all(writing);
  } finally {
    clearInterval(progress);
    clearInterval(weighing);
    alone.abort();
    await measuring;
  }
}

function pidsOf({ systems, stores }: Processes): Map<string, number> {
  return new Map(
    [...systems, ...stores].flatMap((one) => {
      const pid = one.pid();
      return pid === undefined ? [] : [[one.name, pid] as const];
    }),
  );
}

async function end({ processes, following, overHttp, proxy }: Run): Promise<void> {
  following.abort();
  const everybody = [...processes.systems, ...processes.stores];
  await Promise.all(everybody.map((one) => one.stop()));
  await overHttp;
  await proxy.stop();
}
