import { decodeCommitHead } from '../../lib/events/stored-commit.ts';
import { createSequencer, type Tables } from '../../lib/index.ts';
import { scanAll } from '../../lib/tables/read-all.ts';

/** Puts all commits that are not there into the log, as the sequencer does that is told of each. */
export async function sequenceAll(tables: Tables): Promise<void> {
  const sequencer = createSequencer({ tables, delay: async () => {}, random: () => 0 });
  for await (const { items } of scanAll(tables, 'events', { consistency: 'strong' })) {
    await sequencer.sequence(items.map(decodeCommitHead));
  }
}
