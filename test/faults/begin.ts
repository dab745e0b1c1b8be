/** What takes part in a run: two systems, two processes that use the library, followers, and the proxy between them and DynamoDB. */
import { Prng } from '../simulation/prng.ts';
import type { Processes, Trying } from './attempts.ts';
import { ERROR_CHARS_MAX, LINES_KEPT_MAX, VIOLATIONS_MAX } from './bounds.ts';
import { Recent } from './claiming.ts';
import type { RunDynamoDb } from './crashable-dynamodb.ts';
import { planFaults } from './fault-plan.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { Follower, followOverHttp } from './follower.ts';
import { planKills } from './kills.ts';
import { Ledger } from './ledger.ts';
import { startLocalSystemProcess } from './local-system-process.ts';
import { Measures } from './measures.ts';
import { startStoreProcess } from './store-handle.ts';
import { supervise } from './supervised-process.ts';

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

export type Run = Awaited<ReturnType<typeof begin>>;

/** Resolves when all of it is ready. */
export async function begin({ seed, seconds, dynamoDb, rate, isSoak, say }: RunOptions) {
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
    // As on a machine that starts again: its DynamoDB first. While that is away, each start would only take its time from it.
    supervise(name, () => startLocalSystemProcess(proxy.endpoint, onError(name)), onTrouble, dynamoDb.up),
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
    kills: planKills({ random, processes, dynamoDb, isSoak, say }),
  };
}
