/** Verification in the middle of writers and sequencers, their table calls interleaved with its own: nothing under way is damage. */
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createEventStore, createSequencer, memoryTables, SequencerContention } from '../../lib/index.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import type { VerifyOptions } from '../../lib/verify/verify.ts';
import { logSeed, seed } from '../seed.ts';
import { numbered } from '../support/events.ts';
import { interleaved } from '../support/interleaved-tables.ts';
import { allHeads, chanceOf, contextOf, damagesOf, randomStore } from './stored-items.ts';

logSeed();

type Chance = (below: number) => number;

/** Lets the calls of others take effect one by one, in random order. */
class Turns {
  readonly #waiting: (() => void)[] = [];
  readonly #chance: Chance;
  isOver = false;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  async wait(): Promise<void> {
    if (!this.isOver) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async give(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      const [next] = this.#waiting.splice(this.#chance(this.#waiting.length), 1);
      next?.();
      await setImmediate();
    }
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.give(this.#waiting.length);
  }
}

/** Pages of a few items, so that there is much between them. */
function smallPages(tables: Tables): Tables {
  return {
    ...tables,
    query: (table, range, options) => tables.query(table, range, { limit: 3, ...options }),
    scan: (table, options) => tables.scan(table, { limit: 4, ...options }),
  };
}

async function write(tables: Tables, turns: Turns, chance: Chance): Promise<void> {
  const store = createEventStore({ tables: interleaved(tables, () => turns.wait()), delay: async () => turns.wait() });
  for (let step = 0; !turns.isOver; step++) {
    const ids = [...new Set(Array.from({ length: 1 + chance(3) }, () => `Order-${chance(12)}`))];
    await store.appendMany(ids.map((streamId) => ({ streamId, events: numbered(1 + chance(2), `${step}`) })));
  }
}

async function sequence(tables: Tables, turns: Turns, chance: Chance): Promise<void> {
  const context = contextOf(
    interleaved(tables, () => turns.wait()),
    async () => turns.wait(),
  );
  const sequencer = createSequencer(context);
  while (!turns.isOver) {
    const heads = await allHeads(tables);
    // A sequencer that is cut off after an entry leaves its marks to the next one.
    const entries = 1 + chance(3);
    let asked = 0;
    const mayGoOn = () => asked++ < entries;
    await sequencer.sequence(chance(2) === 0 ? heads : heads.slice(-20), { mayGoOn }).catch((error: unknown) => {
      expect(error).toBeInstanceOf(SequencerContention);
    });
    await turns.wait();
  }
}

async function busyVerify(round: number, options: VerifyOptions): Promise<{ readonly puts: number }> {
  const chance = chanceOf(seed + round);
  const memory = memoryTables({ lag: (writes) => Math.min(writes, chance(6)) });
  await randomStore(memory, seed + round, 10);
  const turns = new Turns(chance);
  const others = [
    write(memory, turns, chance),
    write(memory, turns, chance),
    sequence(memory, turns, chance),
    sequence(memory, turns, chance),
    sequence(memory, turns, chance),
  ];
  let puts = 0;
  const tables = interleaved(smallPages(memory), () => turns.give(chance(8)));
  const counted: Tables = {
    ...tables,
    put: (put) => {
      puts += 1;
      return tables.put(put);
    },
  };
  const context = contextOf(counted, () => turns.give(200));
  try {
    expect(await damagesOf(context, options), `round ${round}`).toEqual([]);
  } finally {
    await turns.end();
    await Promise.all(others);
  }
  return { puts };
}

test.each([[{}], [{ streamsMax: 3 }], [{ repair: true }], [{ from: 7 }]] satisfies readonly (readonly [
  VerifyOptions,
])[])('a busy store has no damage: %o', async (options) => {
  for (let round = 0; round < 15; round++) {
    expect(await busyVerify(round, options)).toEqual({ puts: 0 });
  }
});
