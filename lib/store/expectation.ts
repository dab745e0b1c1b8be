import { type ExpectedExistence, InvalidArgument, quote } from '../events/errors.ts';
import type { StreamState } from '../events/event.ts';

/**
 * What a stream must be like for an append to be accepted: anything, absent, present, at a version, or in the state that a
 * read or an append returned.
 */
export type Expectation = 'any' | ExpectedExistence | number | StreamState;

/**
 * The one version check: does a head at `headVersion` meet what is expected? `behind` may be no more than a stale read;
 * `passed` is for ever.
 */
export function judge(
  expectation: 'any' | ExpectedExistence | number,
  headVersion: number,
): 'met' | 'behind' | 'passed' {
  if (expectation === 'any') {
    return 'met';
  }
  if (expectation === 'exists') {
    return headVersion > 0 ? 'met' : 'behind';
  }
  const version = expectation === 'no-stream' ? 0 : expectation;
  if (headVersion === version) {
    return 'met';
  }
  return headVersion < version ? 'behind' : 'passed';
}

/** Whether any version would do, so that a conflict is a reason to go on rather than to refuse. */
export function isOpen(expectation: Expectation): expectation is 'any' | 'exists' {
  return expectation === 'any' || expectation === 'exists';
}

/** The expectation as an error names it. */
export function expectedVersion(expectation: ExpectedExistence | number | StreamState): number | ExpectedExistence {
  return typeof expectation === 'object' ? expectation.version : expectation;
}

/** The version after which the append must follow, where the expectation names one. */
export function namedVersion(expectation: Expectation): number | undefined {
  if (isOpen(expectation)) {
    return undefined;
  }
  const expected = expectedVersion(expectation);
  return typeof expected === 'number' ? expected : 0;
}

/** @throws {InvalidArgument} it is none of the kinds, or the state of another stream */
export function checkExpectation(streamId: string, expectation: Expectation): void {
  const isWord = expectation === 'any' || expectation === 'exists' || expectation === 'no-stream';
  if (isWord || isWhole(expectation)) {
    return;
  }
  if (typeof expectation !== 'object' || expectation === null) {
    const right = '"any", "no-stream", "exists", a version from 0 or a StreamState';
    throw new InvalidArgument([
      {
        path: 'expect',
        message: `must be ${right}, not ${quote(expectation)}`,
      },
    ]);
  }
  const { version, lastCommit, hash } = expectation;
  if (expectation.streamId !== streamId) {
    const message = `must be a state of stream ${quote(streamId)}, not of ${quote(expectation.streamId)}`;
    throw new InvalidArgument([{ path: 'expect.streamId', message }]);
  }
  const isEmpty = version === 0 && lastCommit === 0 && hash === '';
  const isState = isWhole(version) && isWhole(lastCommit) && typeof hash === 'string' && hash.length === 43;
  if (!isEmpty && !(isState && lastCommit >= 1 && lastCommit <= version)) {
    throw new InvalidArgument([{ path: 'expect', message: 'must be a StreamState that a read or an append returned' }]);
  }
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
