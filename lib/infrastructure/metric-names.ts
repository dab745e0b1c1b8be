/** What the functions count in CloudWatch, and the alarms watch. */

/** The namespace of all metrics of Tidemark's own. */
export const METRIC_NAMESPACE = 'Tidemark';

/** Every metric has the dimension `service`; those of a projection have `projection` too. */
export const METRICS = {
  /** Events that are in the log and that a projection has not applied. */
  projectionLag: 'ProjectionLag',
  /** A run that found, or left, the projection halted. */
  projectionHalted: 'ProjectionHalted',
  /** Events that are set aside. */
  projectionParked: 'ProjectionParked',
  /** Streams that the sequencer cannot put into the log. */
  sequencerDamagedStreams: 'SequencerDamagedStreams',
  /** Commits that were not in the log until the scan found them. */
  scanFoundCommits: 'ScanFoundCommits',
  /** What `verify` has found. */
  verifyDamage: 'VerifyDamage',
} as const;
