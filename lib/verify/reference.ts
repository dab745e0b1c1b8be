import type { Commit } from '../events/stored-commit.ts';
import { entryKey, type LogEntry, type PlacedCommit } from '../log/log-entry.ts';
import type { DamageKind } from './damage.ts';
import type { VerifyRun } from './run.ts';

/** Checks what an entry says of a commit against the commit itself, which is as it was written. */
export function verifyReference(
  run: VerifyRun,
  reference: PlacedCommit,
  entry: LogEntry,
  index: number,
  commit: Commit,
): void {
  const { count, types } = reference;
  if (count !== commit.count) {
    report(run, reference, entry, 'wrong-reference', `with ${count} events, but the commit has ${commit.count}`);
  } else if (types.length !== commit.types.length || types.some((type, place) => type !== commit.types[place])) {
    const found = JSON.stringify(types);
    report(
      run,
      reference,
      entry,
      'wrong-reference',
      `with types ${found}, but those of the commit are ${JSON.stringify(commit.types)}`,
    );
  }
  const left = neighbourOf(commit);
  const found = entry.commits[index - 1];
  const isTorn =
    left !== undefined && (found === undefined || found.streamId !== left.streamId || found.version !== left.version);
  if (isTorn) {
    const before = `version ${left.version} of stream "${left.streamId}"`;
    report(run, reference, entry, 'torn-group', `but not right behind ${before}, together with which it was appended`);
  }
}

/**
 * What must stand right before a commit of a group. Each commit looks to this side only: so a group that is torn in one place is
 * reported once, by what stands behind the tear.
 */
function neighbourOf({ streamId, version, group = [] }: Commit) {
  const place = group.findIndex((member) => member.streamId === streamId && member.version === version);
  return place === -1 ? undefined : group[place - 1];
}

function report(
  { findings }: VerifyRun,
  { streamId, version, position }: PlacedCommit,
  entry: LogEntry,
  kind: DamageKind,
  what: string,
): void {
  findings.add({
    kind,
    table: 'log',
    key: entryKey(entry.position),
    message: `The log has version ${version} of stream "${streamId}" at position ${position} ${what}`,
    position,
    streamId,
    version,
  });
}
