/** A run under faults: the system of a machine, twice, with writers and followers, on a DynamoDB behind a proxy that fails. */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  createEventStore,
  createProjectionContext,
  createReadModels,
  dynamoDbTables,
  tableNames,
} from '../../lib/index.ts';
import { localDynamoDbClient } from '../../lib/local/local-client.ts';
import { waitUntil } from '../../lib/local/wait-until.ts';
import { Prng } from '../simulation/prng.ts';
import type { Processes, Trying } from './attempts.ts';
import {
  ERROR_CHARS_MAX,
  KILL_EVERY_MS_MAX,
  KILL_EVERY_MS_MIN,
  KILLS_PER_CRASH_OF_ALL,
  LINES_KEPT_MAX,
  MINUTE_MS,
  POLL_MS,
  PROGRESS_MS,
  SETTLE_MS_MAX,
  SOAK_KILLS_RARER,
  VIOLATIONS_MAX,
  WRITERS,
} from './bounds.ts';
import {
  compareClaims,
  compareFollower,
  comparePlaces,
  compareReadModels,
  compareStreams,
  readWholeLog,
} from './compare.ts';
import type { RunDynamoDb } from './crashable-dynamodb.ts';
import { planFaults } from './fault-plan.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { Follower, followOverHttp } from './follower.ts';
import { Ledger } from './ledger.ts';
import { startLocalSystemProcess } from './local-system-process.ts';
import { Measures } from './measures.ts';
import { startStoreProcess } from './store-handle.ts';
import { supervise } from './supervised-process.ts';
import { Recent, write } from './writer.ts';

const TIDEMARK = fileURLToPath(new URL('../../bin/tidemark.ts', import.meta.url));

/** What no fault excuses, wherever a process says it: something was lost, damaged, or is a mistake in the code. */
const NEVER_SAID =
  /TypeError|RangeError|ReferenceError|SyntaxError|DamagedLog|damaged at|MissingCommit|no commit that holds|NotSequenceable|cannot be put into the log|UnreadableItem|cannot be read: |has halted|heap out of memory/;

export interface RunOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly dynamoDb: RunDynamoDb;
  /** Things done a second by all writers together, at the most. */
  readonly rate: number;
  /** Kills neither DynamoDB nor the first process of each kind, so that their memory can be watched. */
  readonly isSoak: boolean;
  readonly say: (line: string) => void;
}

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
    await judge(run);
  } catch (error) {
    onTrouble(`The run failed: ${error instanceof Error ? error.stack : error}`);
  } finally {
    await end(run);
  }
  return { violations, summary: summaryOf(run) };
}

type Run = Awaited<ReturnType<typeof begin>>;

async function begin({ seed, seconds, dynamoDb, rate, isSoak, say }: RunOptions) {
  const violations: string[] = [];
  const onTrouble = (what: string) => {
    if (violations.length < VIOLATIONS_MAX) {
      violations.push(what);
      say(`VIOLATION: ${what}`);
    }
  };
  const random = new Prng(seed);
  const plan = planFaults(new Prng(seed + 1), () => performance.now());
  const proxy = await startFaultProxy(dynamoDb.endpoint, plan);
  const errors: string[] = [];
  const errorKinds = new Map<string, number>();
  const onError = (name: string) => (line: string) => {
    if (NEVER_SAID.test(line)) {
      onTrouble(`${name} says: ${line}`);
    }
    const kind = line.replaceAll(/[\d.:]+/g, '#').slice(0, ERROR_CHARS_MAX);
    if (/^\S*Error\b/.test(kind)) {
      errorKinds.set(kind, (errorKinds.get(kind) ?? 0) + 1);
    }
    errors.push(`${name}: ${line}`);
    errors.splice(0, errors.length - LINES_KEPT_MAX);
  };
  const measures = new Measures();
  const recent = new Recent();
  const systems = ['system 1', 'system 2'].map((name) =>
    supervise(name, () => startLocalSystemProcess(proxy.endpoint, onError(name)), onTrouble),
  );
  // The tables must be there before anybody uses them.
  await Promise.all(systems.map((system) => system.ready()));
  const followers = ['follower 1', 'follower 2', 'follower over HTTP'].map((name) => new Follower(name, onTrouble));
  const stores = ['store 1', 'store 2'].map((name, index) => {
    const follower = followers[index] ?? new Follower(name, onTrouble);
    const listeners = {
      after: () => follower.position,
      onSeen: (events: Parameters<Follower['see']>[0]) => {
        follower.see(events);
        for (const { id } of events) {
          const at = recent.acknowledged.get(id);
          if (at !== undefined) {
            measures.waited('acknowledged to seen', performance.now() - at);
            recent.acknowledged.delete(id);
          }
        }
      },
      onTrouble: (what: string) => onTrouble(`${name}: ${what}`),
      onError: onError(name),
    };
    return supervise(name, () => startStoreProcess(proxy.endpoint, listeners), onTrouble);
  });
  await Promise.all(stores.map((store) => store.ready()));
  const processes: Processes = { stores, systems };
  const trying = (index: number): Trying => ({
    processes,
    random: new Prng(seed + 100 + index),
    measures,
    onTrouble,
  });
  const following = new AbortController();
  const overHttp = followOverHttp(followers[2] ?? new Follower('', onTrouble), trying(-1), following.signal).catch(
    (error: unknown) => onTrouble(`The follower over HTTP gave up: ${error}`),
  );
  return {
    seed,
    seconds,
    dynamoDb,
    rate,
    isSoak,
    say,
    violations,
    onTrouble,
    random,
    proxy,
    errors,
    errorKinds,
    measures,
    recent,
    ledger: new Ledger(),
    processes,
    trying,
    followers,
    following,
    overHttp,
    kills: new Map<string, number>(),
  };
}

/** Writers write, and processes are killed, until the time is over. Resolves when the last thing has come through. */
async function work(run: Run): Promise<void> {
  const { seconds, trying, ledger, recent, rate, proxy, measures, say, processes, onTrouble } = run;
  const begun = performance.now();
  const mayGoOn = () => performance.now() - begun < seconds * 1_000;
  const pauseMs = (WRITERS / rate) * 1_000;
  const progress = setInterval(() => say(progressLine(run, performance.now() - begun)), PROGRESS_MS);
  const minutes = setInterval(() => {
    const pids = [...processes.systems, ...processes.stores].flatMap((one) => {
      const pid = one.pid();
      return pid === undefined ? [] : [[one.name, pid] as const];
    });
    void measures.endMinute(new Map(pids));
  }, MINUTE_MS);
  try {
    const killing = killAtRandom(run, mayGoOn);
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
    clearInterval(minutes);
  }
}

async function killAtRandom(run: Run, mayGoOn: () => boolean): Promise<void> {
  const { random, processes, isSoak, dynamoDb, kills, say } = run;
  const spared = isSoak ? 1 : 0;
  const victims = [...processes.systems.slice(spared), ...processes.stores.slice(spared)];
  const count = (name: string) => kills.set(name, (kills.get(name) ?? 0) + 1);
  while (mayGoOn()) {
    await delay(random.between(KILL_EVERY_MS_MIN, KILL_EVERY_MS_MAX) * (isSoak ? SOAK_KILLS_RARER : 1));
    if (!isSoak && dynamoDb.crash !== undefined && random.chance(1 / KILLS_PER_CRASH_OF_ALL)) {
      count('DynamoDB and both systems');
      const crash = dynamoDb.crash();
      for (const system of processes.systems) {
        system.kill();
      }
      const begun = performance.now();
      await crash;
      say(`DynamoDB was killed, and answers again after ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
    } else {
      const victim = random.pick(victims);
      count(victim.name);
      victim.kill();
    }
  }
}

/** Waits until all that was acknowledged has been followed, and the projections have what the log has. */
async function settle(run: Run): Promise<void> {
  const { processes, followers, ledger, onTrouble } = run;
  const everybody = [...processes.systems, ...processes.stores];
  await Promise.all(everybody.map((one) => one.ready()));
  const { store, readModels, client } = direct(run);
  const expected = [...ledger.claims.values()]
    .filter(({ outcome }) => outcome === 'once')
    .reduce((sum, { events }) => sum + events, 0);
  let trouble = '';
  const isSettled = await waitUntil(
    async () => {
      const head = await store.logHead({ consistency: 'strong' });
      const statuses = await readModels.statuses();
      trouble = `the log ends at ${head}, of at least ${expected}; ${statuses.map(({ name, position, state }) => `${name} is ${state} at ${position}`).join(', ')}; ${followers.map(({ name, position }) => `${name} is at ${position}`).join(', ')}`;
      return (
        head >= expected &&
        statuses.every(({ position }) => position === head) &&
        followers.every(({ position }) => position === head)
      );
    },
    { limitMs: SETTLE_MS_MAX, pollMs: POLL_MS * 5 },
  );
  client.destroy();
  if (!isSettled) {
    onTrouble(`After ${SETTLE_MS_MAX / 1_000} s without faults ${trouble}`);
  }
}

async function judge(run: Run): Promise<void> {
  const { dynamoDb, onTrouble, ledger, followers, random, say, following, overHttp } = run;
  // It waits for what nobody was told of, and what may still be on its way into the log.
  const { output, code } = await promisify(execFile)(process.execPath, [
    TIDEMARK,
    'verify',
    '--endpoint',
    dynamoDb.endpoint(),
  ])
    .then(({ stdout }) => ({ output: stdout, code: 0 }))
    .catch((error: { stdout?: string; stderr?: string; code?: number }) => ({
      output: `${error.stdout}${error.stderr}`,
      code: error.code,
    }));
  say(`tidemark verify: ${output.trim()}`);
  if (code !== 0) {
    onTrouble(`tidemark verify ended with ${code}: ${output}`);
  }
  await settle(run);
  following.abort();
  await overHttp;
  const { store, tables, readModels, client } = direct(run);
  const log = await readWholeLog(store);
  comparePlaces(log, onTrouble);
  compareClaims(log, ledger, onTrouble);
  await compareStreams(log, store, random, onTrouble);
  for (const follower of followers) {
    compareFollower(log, follower, onTrouble);
  }
  await compareReadModels(log, tables, readModels, onTrouble);
  client.destroy();
  say(`${log.length} events of the log were compared`);
}

/** Past the proxy. */
function direct({ dynamoDb }: Run) {
  const client = localDynamoDbClient(dynamoDb.endpoint());
  const tables = dynamoDbTables(client, tableNames('tidemark'));
  return {
    client,
    tables,
    store: createEventStore({ tables }),
    readModels: createReadModels(createProjectionContext(tables)),
  };
}

async function end({ processes, following, overHttp, proxy }: Run): Promise<void> {
  following.abort();
  const everybody = [...processes.systems, ...processes.stores];
  await Promise.all(everybody.map((one) => one.stop()));
  await overHttp;
  await proxy.stop();
}

function progressLine({ measures, ledger, followers, proxy, kills }: Run, ms: number): string {
  const { once, maybe, never } = ledger.counts();
  const faults = [...proxy.faults.values()].reduce((sum, count) => sum + count, 0);
  const killed = [...kills.values()].reduce((sum, count) => sum + count, 0);
  return `${Math.round(ms / 1_000)} s: ${measures.done} done, ${once} acknowledged, ${maybe} unknown, ${never} refused; followers at ${followers.map(({ position }) => position).join(', ')}; ${faults} faults in ${proxy.requests} requests, ${killed} kills`;
}

function summaryOf(run: Run): string[] {
  const { seed, seconds, measures, proxy, kills, violations, errors, errorKinds } = run;
  const list = (counts: ReadonlyMap<string, number>) =>
    [...counts]
      .sort(([, one], [, other]) => other - one)
      .map(([name, count]) => `${name}: ${count}`)
      .join(', ');
  return [
    ...measures.table(),
    `Faults: ${list(proxy.faults)}`,
    `Kills: ${list(kills)}`,
    `Failures that were told: ${list(measures.failures)}`,
    `Errors that were printed: ${list(errorKinds)}`,
    ...(violations.length === 0 ? [] : ['The last errors that were printed:', ...errors]),
    progressLine(run, seconds * 1_000),
    ...violations.map((what) => `VIOLATION: ${what}`),
    violations.length === 0 ? `Seed ${seed}: everything holds` : `Seed ${seed}: ${violations.length} violations`,
  ];
}
