/** Who is killed, and when: `kill -9`, without a word before it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Prng } from '../simulation/prng.ts';
import type { Processes } from './attempts.ts';
import { KILL_EVERY_MS_MAX, KILL_EVERY_MS_MIN, KILL_ROUNDS_PER_CRASH, SOAK_KILLS_RARER } from './bounds.ts';
import type { RunDynamoDb } from './crashable-dynamodb.ts';
import type { SupervisedProcess } from './supervised-process.ts';

export interface KillOptions {
  readonly random: Prng;
  readonly processes: Processes;
  readonly dynamoDb: RunDynamoDb;
  readonly isSoak: boolean;
  readonly say: (line: string) => void;
}

export interface Kills {
  /** How often each was killed, those included that were not yet. */
  readonly counts: ReadonlyMap<string, number>;
  /** The processes that are never killed. */
  readonly spared: ReadonlySet<string>;
  /** Kills one after the other as long as it may. */
  killWhile(mayGoOn: () => boolean): Promise<void>;
}

const DYNAMODB = 'DynamoDB';

/** Each in his turn, and turns in any order: chance alone would leave one out now and then. */
export function planKills({ random, processes, dynamoDb, isSoak, say }: KillOptions): Kills {
  const kinds: readonly (readonly SupervisedProcess<unknown>[])[] = [processes.systems, processes.stores];
  const victims = kinds.flatMap((kind) => kind.slice(isSoak ? 1 : 0));
  const crash = isSoak ? undefined : dynamoDb.crash;
  const names = [...victims.map(({ name }) => name), ...(crash === undefined ? [] : [DYNAMODB])];
  const counts = new Map(names.map((name) => [name, 0]));
  const kill = (name: string) => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    victims.find((victim) => victim.name === name)?.kill();
  };
  const crashAll = async (crashDynamoDb: () => Promise<void>) => {
    const begun = performance.now();
    const crashed = crashDynamoDb();
    kill(DYNAMODB);
    for (const { name } of processes.systems) {
      kill(name);
    }
    await crashed;
    say(`DynamoDB was killed, and answers again after ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
  };
  let turns: string[] = [];
  let rounds = 0;
  const nextTurn = () => {
    if (turns.length === 0) {
      rounds += 1;
      // A machine loses its power in the second round for the first time: before that, everything has started well.
      const isCrash = rounds % KILL_ROUNDS_PER_CRASH === 2 && crash !== undefined;
      const round = [...victims.map(({ name }) => name), ...(isCrash ? [DYNAMODB] : [])];
      turns = random.some(round, round.length);
    }
    return turns.pop() ?? DYNAMODB;
  };
  return {
    counts,
    spared: new Set(kinds.flatMap((kind) => kind.slice(0, isSoak ? 1 : 0)).map(({ name }) => name)),
    killWhile: async (mayGoOn) => {
      while (mayGoOn()) {
        await delay(random.between(KILL_EVERY_MS_MIN, KILL_EVERY_MS_MAX) * (isSoak ? SOAK_KILLS_RARER : 1));
        const turn = nextTurn();
        if (turn === DYNAMODB && crash !== undefined) {
          await crashAll(crash);
        } else {
          kill(turn);
        }
      }
    },
  };
}
