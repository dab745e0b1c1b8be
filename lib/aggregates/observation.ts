import { describeError } from '../events/describe-error.ts';

/** Why a snapshot was not used: damaged, made by other rules or by newer code (which is not written over either), not of this stream's history, or not readable now. */
export type SnapshotIgnored = 'corrupt' | 'other-shape' | 'newer' | 'not-in-stream' | 'unavailable';

/** What a command handler has come across, for logs and metrics: nothing of it is an error of the command. */
export type CommandObservation =
  | { readonly kind: 'conflict'; readonly streamId: string; readonly attempt: number }
  | {
      readonly kind: 'snapshot-ignored';
      readonly streamId: string;
      readonly reason: SnapshotIgnored;
      readonly error?: unknown;
    }
  | { readonly kind: 'snapshot-written'; readonly streamId: string; readonly version: number }
  | { readonly kind: 'snapshot-failed'; readonly streamId: string; readonly version: number; readonly error: unknown };

/** Must not throw. */
export type Observe = (observation: CommandObservation) => void;

/**
 * Says what somebody should look at: that snapshots cannot be written or read, so that streams are read from their beginning. One that was
 * made by other code is a part of every deployment. Without what the errors hold: one of a state that is no JSON quotes it.
 */
export function logFailures(observation: CommandObservation): void {
  const { kind, streamId } = observation;
  if (kind === 'snapshot-failed') {
    console.error(
      `The snapshot of stream ${streamId} at version ${observation.version} was not written`,
      describeError(observation.error),
    );
  } else if (
    kind === 'snapshot-ignored' &&
    (observation.reason === 'unavailable' || observation.reason === 'corrupt')
  ) {
    console.error(`The snapshot of stream ${streamId} was not read`, describeError(observation.error));
  }
}
