/** Scans that go on by themselves, in parts, where the last one has ended. */
import { SCANNED_AGE_MS } from '../../lib/log/bounds.ts';
import { scanOn } from '../../lib/log/scan-on.ts';
import { SCAN_PLACE_KEY } from '../../lib/log/scan-place.ts';
import { mayPass } from './may-pass.ts';
import type { Process } from './scheduler.ts';
import { requireSound, scanning } from './sequencer-process.ts';
import type { World } from './world.ts';

/** A scan that begins when the faults are over, and the rest of the one before. */
const LAST_SCANS = 2;

/** @param isLast whether the last scan is done here, where records have been dropped */
export function runScansOn(world: World, isLast: boolean): void {
  let parts = world.prng.pick([0, 2, 6]);
  let ends = 0;
  let endsAtLast = Number.POSITIVE_INFINITY;
  world.watchers.push(({ item }) => {
    ends += item.PK === SCAN_PLACE_KEY.PK && item['after'] === undefined ? 1 : 0;
  });
  const isDue = () => (world.isHealed ? isLast && !world.isFresh : parts > 0);
  const live = async (process: Process) => {
    const { context, sequencer } = scanning(world, process);
    for (;;) {
      await world.scheduler.turn(process, isDue);
      parts -= 1;
      if (world.isHealed) {
        endsAtLast = Math.min(endsAtLast, ends + LAST_SCANS);
      }
      let pages = world.happens('timeUp') ? world.prng.between(0, 2) : Number.MAX_SAFE_INTEGER;
      const mayGoOn = () => {
        pages -= 1;
        return pages >= 0;
      };
      // An hour has passed for most of what is there, or all of it.
      const late = SCANNED_AGE_MS + (world.isHealed ? 1_000 : world.prng.between(-100, 100));
      const now = () => new Date(context.now().getTime() + late);
      world.note(process, () => 'scans on');
      try {
        const { outcome, damaged } = await scanOn(context, sequencer, { mayGoOn, now });
        world.meet(`scan: ${outcome}`);
        world.note(process, () => `has scanned: ${outcome}`);
        requireSound(world, damaged);
        world.hasScannedLast ||= ends >= endsAtLast;
      } catch (error) {
        mayPass(world, process, error);
      }
    }
  };
  world.run('scan on 1', live);
  world.run('scan on 2', live);
}
