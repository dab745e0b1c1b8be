import type { CommitHead } from '../events/stored-commit.ts';
import { ENTRY_COMMITS_MAX, ENTRY_REFERENCES_BYTES_MAX } from './bounds.ts';
import { referenceBytes } from './log-entry.ts';
import type { Unit } from './plan.ts';

/** Units as the commits of entries: as few entries as their bounds allow, and no unit is torn. */
export function cutEntries(units: readonly Unit[]): CommitHead[][] {
  const entries: CommitHead[][] = [];
  let commits: CommitHead[] = [];
  let bytes = 0;
  for (const unit of units) {
    const unitBytes = unit.reduce((sum, commit) => sum + referenceBytes(commit), 0);
    const isFull = commits.length + unit.length > ENTRY_COMMITS_MAX || bytes + unitBytes > ENTRY_REFERENCES_BYTES_MAX;
    if (isFull && commits.length > 0) {
      entries.push(commits);
      commits = [];
      bytes = 0;
    }
    commits.push(...unit);
    bytes += unitBytes;
  }
  return commits.length === 0 ? entries : [...entries, commits];
}
