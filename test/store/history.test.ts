/** The store against a model: random histories of appends with every expectation, repeats, lost answers and stale reads. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AppendResult,
  createEventStore,
  type Expectation,
  memoryTables,
  type NewEvent,
  type StreamState,
  TidemarkError,
} from '../../lib/index.ts';
import { logSeed, seed } from '../seed.ts';
import { losingAnswers } from '../support/faulty-tables.ts';
import { soundStream } from '../support/stored-stream.ts';

logSeed();

const STREAMS = ['A-1', 'A-2'];

/** One call of append, as a generator makes it; what depends on the history so far is chosen by number. */
interface Call {
  readonly stream: number;
  readonly count: number;
  readonly expectation: 'any' | 'exists' | 'no-stream' | 'version' | 'state';
  readonly choice: number;
  readonly naming: 'none' | 'commitId' | 'idempotencyKey' | 'eventId';
  /** Few names, so that they are used again: with the same events, or (by `label`) with others. */
  readonly name: number;
  readonly label: number;
  readonly fate: 'no' | 'repeat' | 'fail';
}

const call: fc.Arbitrary<Call> = fc.record({
  stream: fc.nat(STREAMS.length - 1),
  count: fc.integer({ min: 1, max: 4 }),
  expectation: fc.constantFrom('any', 'exists', 'no-stream', 'version', 'state'),
  choice: fc.nat(),
  naming: fc.constantFrom('none', 'commitId', 'idempotencyKey', 'eventId'),
  name: fc.nat(2),
  label: fc.nat(1),
  fate: fc.constantFrom('no', 'no', 'repeat', 'fail'),
});

/** A commit as the model knows it. */
interface ModelCommit {
  readonly version: number;
  readonly count: number;
  readonly label: string;
  readonly commitId: string | undefined;
}

interface ModelStream {
  readonly commits: ModelCommit[];
  readonly keys: Map<string, ModelCommit>;
  readonly states: StreamState[];
}

type Outcome = { readonly commit: ModelCommit; readonly duplicate: boolean } | { readonly code: string };

function headOf({ commits }: ModelStream): number {
  const last = commits.at(-1);
  return last === undefined ? 0 : last.version + last.count - 1;
}

/** What the documentation says that an append does: a second, naive telling of it, to hold the first against. */
function modelAppend(
  stream: ModelStream,
  expectation: Expectation,
  asked: Omit<ModelCommit, 'version'>,
  key?: string,
): Outcome {
  const isSame = (found: ModelCommit) => found.label === asked.label && found.count === asked.count;
  const answer = (found: ModelCommit): Outcome =>
    isSame(found) ? { commit: found, duplicate: true } : { code: 'idempotency-conflict' };
  const known = key === undefined ? undefined : stream.keys.get(key);
  if (known !== undefined) {
    return answer(known);
  }
  const head = headOf(stream);
  const version = typeof expectation === 'object' ? expectation.version : expectation === 'no-stream' ? 0 : expectation;
  if (typeof version === 'number') {
    const following = stream.commits.find((commit) => commit.version === version + 1);
    if (following?.commitId !== undefined && following.commitId === asked.commitId) {
      return answer(following);
    }
  }
  if (version === 'exists' ? head === 0 : typeof version === 'number' && version !== head) {
    return { code: 'wrong-expected-version' };
  }
  const commit = { ...asked, version: head + 1 };
  stream.commits.push(commit);
  if (key !== undefined) {
    stream.keys.set(key, commit);
  }
  return { commit, duplicate: false };
}

function expectationOf({ expectation, choice }: Call, stream: ModelStream): Expectation {
  if (expectation === 'version') {
    return choice % (headOf(stream) + 3);
  }
  if (expectation === 'state') {
    return stream.states[choice % Math.max(1, stream.states.length)] ?? 'no-stream';
  }
  return expectation;
}

/** The events of a call. Their names make them the same as, or other than, those of a call with the same name. */
function eventsOf({ count, naming, name, label }: Call, id: string | undefined): NewEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    type: `Type${index % 2}`,
    data: { label: `${naming} ${name} ${label}`, index },
    ...(naming === 'eventId' && index === 0 ? { id } : {}),
  }));
}

/**
 * The id that a call gives its commit. Calls that name a version and calls that do not have ids of their own: that one repeats
 * the other is not promised, and whether it is noticed depends on how stale a read was.
 */
function chosenId({ naming, name }: Call, expectation: Expectation): string | undefined {
  const isOpen = expectation === 'any' || expectation === 'exists';
  return naming === 'commitId' || naming === 'eventId' ? `${naming}-${name}-${isOpen ? 'open' : 'at'}` : undefined;
}

function keyOf(one: Call, expectation: Expectation): string | undefined {
  if (one.naming === 'idempotencyKey') {
    return `KEY ${one.name}`;
  }
  const isOpen = expectation === 'any' || expectation === 'exists';
  return isOpen ? chosenId(one, expectation) : undefined;
}

test('every history has the outcome that the model says, and stores what the model says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 40 }), fc.infiniteStream(fc.nat(8)), async (calls, lags) => {
      const tables = memoryTables({ lag: (writes) => Math.min(writes, lags.next().value ?? 0) });
      const model = new Map(
        STREAMS.map((id): [string, ModelStream] => [id, { commits: [], keys: new Map(), states: [] }]),
      );
      let ids = 0;
      for (const one of calls) {
        const streamId = STREAMS[one.stream] ?? 'A-1';
        const stream = model.get(streamId);
        if (stream === undefined) {
          continue;
        }
        const expectation = expectationOf(one, stream);
        const key = keyOf(one, expectation);
        ids += 1;
        const store = createEventStore({
          tables: losingAnswers(tables, () => one.fate),
          newId: () => `own-${ids}`,
          delay: async () => {},
        });
        const id = chosenId(one, expectation);
        const expected = modelAppend(
          stream,
          expectation,
          {
            count: one.count,
            label: `${one.naming} ${one.name} ${one.label}`,
            commitId: id,
          },
          key,
        );
        const options = {
          expect: expectation,
          ...(one.naming === 'commitId' ? { commitId: id ?? '' } : {}),
          ...(one.naming === 'idempotencyKey' ? { idempotencyKey: `${one.name}` } : {}),
        };
        const result = await store.append(streamId, eventsOf(one, id), options).catch((error: unknown) => error);
        checkOutcome(one, expected, result);
        stream.states.push((await store.read(streamId, { consistency: one.choice % 2 ? 'strong' : 'eventual' })).state);
      }
      for (const [streamId, stream] of model) {
        const stored = await soundStream(tables, streamId);
        expect(stored.map(({ version, count }) => [version, count])).toEqual(
          stream.commits.map(({ version, count }) => [version, count]),
        );
        const { events } = await createEventStore({ tables }).read(streamId);
        expect(events.map(({ data }) => data)).toEqual(
          stream.commits.flatMap(({ count, label }) => Array.from({ length: count }, (_, index) => ({ label, index }))),
        );
      }
    }),
    { seed, numRuns: 300 },
  );
});

function checkOutcome({ fate }: Call, expected: Outcome, result: unknown): void {
  if (result instanceof TidemarkError) {
    if (result.code === 'unavailable') {
      expect(fate).toBe('fail');
      return;
    }
    expect(expected).toEqual({ code: result.code });
    return;
  }
  if ('code' in expected) {
    expect.fail(`expected ${expected.code}, got ${JSON.stringify(result)}`);
  }
  const { commit, duplicate } = expected;
  expect(result).toMatchObject({
    firstVersion: commit.version,
    version: commit.version + commit.count - 1,
    // A repeat by the SDK, after an answer that was lost, finds the commit in its place and says so.
    duplicate: duplicate || fate === 'repeat',
  } satisfies Partial<AppendResult>);
}
