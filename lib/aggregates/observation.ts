/** Why a snapshot was not used: damaged, made by other rules or by newer code, not of this stream's history, or not readable now. */
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

/** Says what somebody should look at: that snapshots cannot be written, so that streams are read from their beginning. */
export function logFailures(observation: CommandObservation): void {
  if (observation.kind === 'snapshot-failed') {
    const { streamId, version, error } = observation;
    console.error(`The snapshot of stream ${streamId} at version ${version} was not written`, error);
  }
}
