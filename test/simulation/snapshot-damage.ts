/** Whatever may befall snapshots: they are a cache, and no reason for anything. */
import { snapshotKey } from '../../lib/aggregates/stored-snapshot.ts';
import type { Item } from '../../lib/events/item.ts';
import { befallen } from '../aggregates/befallen-snapshots.ts';
import { COMMAND_STREAMS } from './accounts.ts';
import type { World } from './world.ts';

export function runSnapshotDamage(world: World, times: number): void {
  const { memory, prng } = world;
  const older = new Map<string, Item>();
  let left = times;
  world.run('damage', async (process) => {
    while (left > 0) {
      await world.scheduler.turn(process, () => !world.isHealed);
      const streamId = prng.pick(COMMAND_STREAMS);
      const item = await memory.get('state', snapshotKey(streamId), 'strong');
      const other = await memory.get('state', snapshotKey(prng.pick(COMMAND_STREAMS)), 'strong');
      if (item === undefined) {
        continue;
      }
      left -= 1;
      const what = prng.pick(['it is removed', ...Object.keys(befallen)]);
      world.note(process, () => `${streamId}: ${what}`);
      const changed = befallen[what]?.(item, older.get(streamId) ?? item, other ?? item);
      if (changed === undefined) {
        await memory.remove('state', [snapshotKey(streamId)]);
      } else {
        await memory.put({ table: 'state', item: { ...item, ...changed }, over: 'any' });
      }
      older.set(streamId, older.get(streamId) ?? item);
    }
  });
}
