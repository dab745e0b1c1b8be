import { removeAll, scanAll } from '../tables/read-all.ts';
import { isBuild, readCheckpoints, readEntry } from './builds.ts';
import type { ProjectionContext } from './context.ts';
import { type Checkpoint, checkpointKey } from './stored-checkpoint.ts';
import { documentPartitionPrefix } from './stored-document.ts';
import { parkedPartition } from './stored-parked.ts';

/**
 * Removes the documents of builds that another one has replaced, and then their checkpoints: as long as that is there, they are
 * looked for again. True where all is removed.
 *
 * Costs half a read unit for each 4 KB of the ReadModels table, and a write unit for each started KB of what is removed.
 */
export async function removeRetired(
  context: ProjectionContext,
  name: string,
  { mayGoOn = () => true }: { readonly mayGoOn?: () => boolean },
): Promise<boolean> {
  const entry = await readEntry(context, name);
  const isRead = (checkpoint: Checkpoint) => entry === undefined || isBuild(checkpoint, entry.live);
  // One that has stopped for the one beside it is still read.
  const retired = (await readCheckpoints(context, name)).filter((one) => one.isRetired && !isRead(one));
  if (retired.length === 0) {
    return true;
  }
  const prefixes = retired.map(({ build }) => documentPartitionPrefix(name, build));
  // Consistent: what a replica does not show yet would stay for ever.
  const options = { consistency: 'strong', attributes: [] } as const;
  for await (const { items } of scanAll(context.tables, 'readModels', options)) {
    const old = items.filter(({ PK }) => prefixes.some((prefix) => PK.startsWith(prefix)));
    await removeAll(context, 'readModels', old);
    if (!mayGoOn()) {
      return false;
    }
  }
  await Promise.all(retired.map((checkpoint) => removeState(context, checkpoint)));
  return true;
}

async function removeState(context: ProjectionContext, { name, build }: Checkpoint): Promise<void> {
  const partition = parkedPartition(name, build);
  const options = { consistency: 'strong', direction: 'forward' } as const;
  for (let isMore = true; isMore; ) {
    const { items, resumeAfter } = await context.tables.query('state', { partition }, options);
    await removeAll(context, 'state', items);
    isMore = resumeAfter !== undefined;
  }
  await removeAll(context, 'state', [checkpointKey(name, build)]);
}
