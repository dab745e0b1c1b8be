import { setImmediate as turn } from 'node:timers/promises';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { expect, onTestFinished } from 'vitest';
import type { StreamHandler } from '../../lib/local/stream-delivery.ts';
import type { Pause } from '../../lib/local/stream-pause.ts';
import { readStream } from '../../lib/local/stream-shards.ts';
import { waitUntil } from '../../lib/local/wait-until.ts';
import type { FakeStream } from './stream-fake-source.ts';

/** A stream that is being read, without waiting for time to pass. */
export interface TestReading {
  /** The sequence numbers of each invocation. */
  readonly invocations: string[][];
  readonly reported: unknown[];
  /** The milliseconds of each wait. */
  readonly waits: number[];
  stop(): Promise<void>;
}

export const POLL_MS = 77;

/** Reads a stream until the end of the test. `handler` gets the sequence numbers; without one all succeed. */
export function readFake(
  stream: FakeStream,
  handler: (sequenceNumbers: string[], event: DynamoDBStreamEvent) => ReturnType<StreamHandler> = async () => {},
  wait: Pause = shortWait,
): TestReading {
  const stopping = new AbortController();
  const invocations: string[][] = [];
  const reported: unknown[] = [];
  const waits: number[] = [];
  const stopped = readStream(
    {
      source: stream.source,
      handler: (event) => {
        const sequenceNumbers = sequenceNumbersOf(event);
        invocations.push(sequenceNumbers);
        return handler(sequenceNumbers, event);
      },
      reportError: (error) => reported.push(error),
      pause: async (ms, signal) => {
        waits.push(ms);
        await wait(ms, signal);
      },
      tableName: 'table',
      pollMs: POLL_MS,
      batchSize: 10,
    },
    stopping.signal,
  );
  const stop = () => {
    stopping.abort();
    return stopped;
  };
  onTestFinished(stop);
  return { invocations, reported, waits, stop };
}

async function shortWait(): Promise<void> {
  await turn();
}

export function sequenceNumbersOf({ Records }: DynamoDBStreamEvent): string[] {
  return Records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? '');
}

/** Fails a test where the condition does not hold soon. */
export async function soon(condition: () => boolean): Promise<void> {
  expect(await waitUntil(condition, { limitMs: 5_000, pollMs: 1 }), String(condition)).toBe(true);
}
