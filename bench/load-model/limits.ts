/** What DynamoDB Streams, Lambda and DynamoDB allow and take: each a parameter of the model, with where it is said. */
export interface Limits {
  /** "each individual partition is limited to 1,000 write units per second and 3,000 read units per second" (warm throughput, DynamoDB). */
  readonly partitionWriteUnits: number;
  readonly partitionReadUnits: number;
  /**
   * Partitions of the Events table, and so shards of its stream: four for a new table on demand ("up to 4,000 writes per second"), and more
   * as it splits under load. The log's keys only ascend: it stays one partition, however hot.
   */
  readonly eventsPartitions: number;
  /** Of State and ReadModels each. */
  readonly otherPartitions: number;
  /** Milliseconds: "single-digit millisecond" for one item; assumptions. Each call takes a random part between a half and one and a half of it. */
  readonly readMs: number;
  readonly writeMs: number;
  readonly transactionMs: number;
  /** Until a record of a write can be read from the stream; an assumption. */
  readonly streamMs: number;
  /** Lambda asks a shard "at a base rate of four times per second", and goes on at once while there are records. */
  readonly pollMs: number;
  /** "GetRecords can retrieve a maximum of 1 MB of data or 1000 stream records". */
  readonly recordsPerRead: number;
  /** Records of one call at most, and how long Lambda waits for them. */
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  /** What a call takes besides its requests, and for each record: as measured with an allowance for one virtual CPU. */
  readonly callMs: number;
  readonly recordMs: number;
  /** Sequencers at once: one for each shard, or as many as the function's concurrency reserves. */
  readonly sequencersMax: number;
}

export const LIMITS: Limits = {
  partitionWriteUnits: 1_000,
  partitionReadUnits: 3_000,
  eventsPartitions: 4,
  otherPartitions: 4,
  readMs: 4,
  writeMs: 6,
  transactionMs: 15,
  streamMs: 100,
  pollMs: 250,
  recordsPerRead: 1_000,
  batchSize: 1_000,
  batchingWindowMs: 0,
  callMs: 5,
  recordMs: 0.03,
  sequencersMax: Number.POSITIVE_INFINITY,
};

/** What is appended. */
export interface Load {
  readonly commitsPerSecond: number;
  readonly eventsPerCommit: number;
  /** Streams that are appended to, in turns. */
  readonly streams: number;
  /** Document projections with a document for each stream. */
  readonly projections: number;
  readonly seconds: number;
}
