import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { EventStore } from '../../store/event-store.ts';
import type { Tables } from '../../tables/tables.ts';
import { expectEqual } from '../expect.ts';
import { soundStream } from '../stored-stream.ts';

/** A store, and what is below it. */
export interface Stored {
  readonly tables: Tables;
  readonly store: EventStore;
}

/** A stream that no other case uses. */
export function newStream(): string {
  return `Test-${randomUUID()}`;
}

/** Requires that a stream is sound and has so many commits. */
export async function expectCommits(tables: Tables, streamId: string, count: number): Promise<void> {
  expectEqual((await soundStream(tables, streamId)).length, count, `commits of ${streamId}`);
}

/** Requires that a call is refused for one part of what it was given. */
export async function expectIssue(call: Promise<unknown>, code: string, path: string): Promise<void> {
  await assert.rejects(call, (error: object) => {
    const issues: unknown = Reflect.get(error, 'issues');
    const paths = Array.isArray(issues) ? issues.map((issue) => issue.path) : issues;
    expectEqual({ code: Reflect.get(error, 'code'), paths }, { code, paths: [path] });
    return true;
  });
}
