/**
 * Tables as one process sees them: each call waits for its turn before it takes effect and before its answer arrives, and may
 * fail.
 */
import { Throttled, Unavailable } from '../../lib/index.ts';
import type { ConditionalPut, PutOutcome, Tables, TransactionOutcome } from '../../lib/tables/tables.ts';
import { callText, keyText, kindOf, kindOfRange, kindsOf, outcomeText, putText } from './call-text.ts';
import type { Process } from './scheduler.ts';
import type { World } from './world.ts';

export function processTables(world: World, process: Process): Tables {
  const { memory } = world;
  const reading = <Answer>(name: string, text: () => string, call: () => Promise<Answer>) =>
    read(world, process, `${process.kind}: ${name}`, text, call);
  return {
    get: (table, key, consistency) =>
      reading(
        `get ${kindOf(table, key)}`,
        () => `get ${table} ${keyText(key)} ${consistency}`,
        () => memory.get(table, key, consistency),
      ),
    query: (table, range, options) =>
      reading(
        `query ${kindOfRange(table, range)}`,
        () => callText('query', table, { ...range, ...options }),
        () => memory.query(table, range, options),
      ),
    scan: (table, options) =>
      reading(
        `scan ${table}`,
        () => callText('scan', table, options),
        () => memory.scan(table, options),
      ),
    batchGet: (table, keys, consistency) =>
      reading(
        `batchGet ${kindsOf(keys.map((key) => kindOf(table, key)))}`,
        () => `batchGet ${table} ${keys.map(keyText).join(' ')} ${consistency}`,
        () => memory.batchGet(table, keys, consistency),
      ),
    put: (put) => write<PutOutcome>(world, process, [put], () => memory.put(put), { outcome: 'contended' }),
    // As a read: what is removed twice, or not, is looked for again.
    remove: (table, keys) =>
      reading(
        `remove ${kindsOf(keys.map((key) => kindOf(table, key)))}`,
        () => `remove ${table} ${keys.map(keyText).join(' ')}`,
        () => memory.remove(table, keys),
      ),
    transact: (puts) =>
      write<TransactionOutcome>(
        world,
        process,
        puts,
        async () => withFewerReasons(world, await memory.transact(puts)),
        {
          outcome: 'cancelled',
          puts: puts.map((_, index) => ({ outcome: index === 0 ? 'contended' : 'written' })),
        },
      ),
  };
}

/** It is not documented that a cancelled transaction gives each of its reasons. */
function withFewerReasons(world: World, result: TransactionOutcome): TransactionOutcome {
  if (result.outcome === 'written' || !world.happens('firstReasonOnly')) {
    return result;
  }
  const first = result.puts.findIndex(({ outcome }) => outcome !== 'written');
  return { ...result, puts: result.puts.map((put, index) => (index === first ? put : { outcome: 'written' })) };
}

async function read<Answer>(
  world: World,
  process: Process,
  name: string,
  text: () => string,
  call: () => Promise<Answer>,
): Promise<Answer> {
  const { scheduler } = world;
  world.calls(name);
  await pass(world, process, `before ${name}`);
  if (world.happens('throttled')) {
    world.note(process, () => `${text()} → throttled`);
    await scheduler.turn(process);
    throw new Throttled(new Error('simulated'));
  }
  const answer = await call();
  world.note(process, () => `${text()} → ${outcomeText(answer)}`);
  await pass(world, process, `after ${name}`);
  if (world.happens('lost')) {
    world.note(process, () => 'the answer is lost');
    throw new Unavailable(new Error('simulated'));
  }
  return answer;
}

async function write<Answer extends PutOutcome | TransactionOutcome>(
  world: World,
  process: Process,
  puts: readonly ConditionalPut[],
  call: () => Promise<Answer>,
  contended: Answer,
): Promise<Answer> {
  const { scheduler } = world;
  const text = () => puts.map(putText).join(', ');
  const name = `${process.kind}: put ${kindsOf(puts.map(({ table, item }) => kindOf(table, item)))}`;
  world.calls(name);
  const noted = async () => {
    const answer = await call();
    world.note(process, () => `${text()} → ${outcomeText(answer)}`);
    return answer;
  };
  const inBackground = () => {
    noted().catch((error: unknown) => world.unexpected(process, error));
  };
  await pass(world, process, `before ${name}`, inBackground);
  if (world.happens('throttled')) {
    world.note(process, () => `${text()} → throttled`);
    await scheduler.turn(process);
    throw new Throttled(new Error('simulated'));
  }
  if (world.happens('contended')) {
    world.note(process, () => `${text()} → contended`);
    await scheduler.turn(process);
    return contended;
  }
  const isLate = world.happens('late');
  const isRepeated = world.happens('repeated');
  if (isLate) {
    world.note(process, () => `${text()} → on the way`);
    world.later(process, inBackground);
    if (!isRepeated) {
      await scheduler.turn(process);
      throw new Unavailable(new Error('simulated'));
    }
  }
  let answer = await noted();
  const hasWrittenEntry = puts[0]?.table === 'log' && answer.outcome === 'written';
  if (hasWrittenEntry && world.happens('crashAfterEntry')) {
    world.kill(process);
  }
  if (isRepeated && !isLate) {
    await scheduler.turn(process, undefined, { effect: inBackground });
    answer = await noted();
  }
  await pass(world, process, `after ${name}`);
  if (world.happens('lost')) {
    world.note(process, () => 'the answer is lost');
    throw new Unavailable(new Error('simulated'));
  }
  return answer;
}

/** Waits for its turn at a point of a call, and may die there. What has been sent off may take effect nevertheless. */
async function pass(world: World, process: Process, point: string, effect?: () => void): Promise<void> {
  const { scheduler } = world;
  await scheduler.turn(process, undefined, { point, ...(effect && { effect }) });
  if (!world.crashesAt(point)) {
    return;
  }
  world.meet(`dies ${point}`);
  if (effect !== undefined && world.prng.chance(0.5)) {
    world.later(process, effect);
  }
  world.kill(process);
  // Nobody goes on here.
  await scheduler.turn(process);
}
