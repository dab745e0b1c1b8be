import { InvalidArgument, quote } from '../events/errors.ts';
import type { NewEvent } from '../events/event.ts';
import { ENTRY_REFERENCES_BYTES_MAX } from '../log/bounds.ts';
import { referenceBytes } from '../log/log-entry.ts';
import { TRANSACTION_ITEMS_MAX } from '../tables/bounds.ts';
import { type AppendResult, appendResult, commitRequest, type IdempotencyOptions, requireWritten } from './append.ts';
import type { CommitRequest } from './commit-request.ts';
import type { StoreContext } from './context.ts';
import type { Expectation } from './expectation.ts';
import { writeCommits } from './write-commits.ts';

/** One stream's part of an `appendMany`. */
export interface StreamAppend<New = NewEvent> {
  readonly streamId: string;
  /** At least one. */
  readonly events: readonly New[];
  /** What the stream must be like. Default: `'any'`. */
  readonly expect?: Expectation;
}

/** `EventStore.appendMany`, where what it costs and throws is said. */
export async function appendMany(
  context: StoreContext,
  appends: readonly StreamAppend[],
  options: IdempotencyOptions = {},
): Promise<readonly AppendResult[]> {
  checkAppends(appends);
  const requests = appends.map(({ streamId, events, expect }, index) =>
    commitRequest(context, streamId, expect ?? 'any', events, options, `.${index + 1}`),
  );
  const items = requests.length + requests.filter(({ key }) => key !== undefined).length;
  if (items > TRANSACTION_ITEMS_MAX) {
    const message = `needs ${items} items, keys included; one transaction has at most ${TRANSACTION_ITEMS_MAX}`;
    throw new InvalidArgument([{ path: 'appends', message }]);
  }
  requireOneEntry(requests);
  const { commits, duplicate } = requireWritten(await writeCommits(context, requests));
  return commits.flatMap((commit, index) => {
    const request = requests[index];
    return request === undefined ? [] : [appendResult(request, commit, duplicate)];
  });
}

/** What stands side by side in the log is one entry of it, which must hold the names and types of all. */
function requireOneEntry(requests: readonly CommitRequest[]): void {
  const references = requests.map(({ commit }) => ({ ...commit, version: Number.MAX_SAFE_INTEGER }));
  const bytes = references.reduce((sum, reference) => sum + referenceBytes(reference), 0);
  if (bytes > ENTRY_REFERENCES_BYTES_MAX) {
    const message = `have stream ids and event types of ${bytes} bytes; one entry of the log has at most ${ENTRY_REFERENCES_BYTES_MAX}`;
    throw new InvalidArgument([{ path: 'appends', message }]);
  }
}

function checkAppends(appends: readonly StreamAppend[]): void {
  if (!Array.isArray(appends) || appends.length === 0) {
    throw new InvalidArgument([{ path: 'appends', message: 'must be a list of at least one stream to append to' }]);
  }
  const seen = new Set<string>();
  for (const [index, { streamId }] of appends.entries()) {
    if (seen.has(streamId)) {
      const message = `names stream ${quote(streamId)} a second time; put its events together`;
      throw new InvalidArgument([{ path: `appends[${index}].streamId`, message }]);
    }
    seen.add(streamId);
  }
}
