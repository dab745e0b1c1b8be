/** What the run and a process that uses the library tell each other. */
import * as z from 'zod';
import type { AppendOptions, AppendResult, IdempotencyOptions, NewEvent, StreamAppend } from '../../lib/index.ts';

/** What is to be done with the library. */
export type StoreRequest =
  | {
      readonly kind: 'append';
      readonly streamId: string;
      readonly events: readonly NewEvent[];
      readonly options: AppendOptions;
    }
  | {
      readonly kind: 'append-many';
      readonly appends: readonly StreamAppend[];
      readonly options: IdempotencyOptions;
    }
  | { readonly kind: 'read'; readonly streamId: string; readonly from: number; readonly limit: number };

export const ToStore = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('request'), number: z.int(), request: z.custom<StoreRequest>() }),
  /** Tell of the events of the log behind a position, and on and on. */
  z.object({ kind: z.literal('follow'), after: z.int() }),
]);
export type ToStore = z.infer<typeof ToStore>;

/** An event as it was seen: its place and its id. */
export const SeenEvent = z.object({ position: z.int(), id: z.string() });
export type SeenEvent = z.infer<typeof SeenEvent>;

const Answered = z.object({ kind: z.literal('answer'), number: z.int(), ms: z.number() });

export const FromStore = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  Answered.extend({ results: z.custom<readonly AppendResult[]>() }),
  z.object({ kind: z.literal('read'), number: z.int(), ms: z.number(), ids: z.array(z.string()) }),
  /** An error: its code where it is one of Tidemark's, otherwise its name. */
  z.object({ kind: z.literal('failed'), number: z.int(), code: z.string(), message: z.string() }),
  z.object({ kind: z.literal('seen'), events: z.array(SeenEvent) }),
]);
export type FromStore = z.infer<typeof FromStore>;
