import { z } from 'zod';

const guardMessage = z.discriminatedUnion('kind', [
  /** Another process has the data folder; the guard waits for it. */
  z.object({ kind: z.literal('waiting') }),
  z.object({ kind: z.literal('ready'), endpoint: z.string() }),
  /** The line for the user; the guard ends. */
  z.object({ kind: z.literal('failed'), line: z.string() }),
  /** DynamoDB Local ended by itself; so does the guard. */
  z.object({ kind: z.literal('ended'), reason: z.string() }),
]);

/** What the guard of DynamoDB Local tells the process that started it. */
export type GuardMessage = z.infer<typeof guardMessage>;

/** A message that came from a guard. Throws `ZodError` where it is none. */
export function parseGuardMessage(message: unknown): GuardMessage {
  return guardMessage.parse(message);
}
