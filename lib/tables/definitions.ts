/** The tables of a store. What is said here once is what is deployed, created locally and tested. */
export interface TableDefinition {
  readonly partitionKey: 'PK';
  readonly sortKey: 'SK';
  /** Items are only ever added: no code updates or deletes them, and no role may. */
  readonly appendOnly: boolean;
  /** What DynamoDB Streams delivers of each change; undefined where the stream is off. */
  readonly stream?: 'NEW_IMAGE';
  /** The attribute with the time, in seconds since 1970, after which DynamoDB may delete an item. */
  readonly timeToLiveAttribute?: string;
}

/** The tables of a store, by what they are called in the code. */
export const TABLES = {
  /** The commits of all streams. */
  events: { partitionKey: 'PK', sortKey: 'SK', appendOnly: true, stream: 'NEW_IMAGE' },
  /** The order of all commits. */
  log: { partitionKey: 'PK', sortKey: 'SK', appendOnly: true, stream: 'NEW_IMAGE' },
  /** Idempotency keys, sequenced marks, checkpoints, snapshots. */
  state: { partitionKey: 'PK', sortKey: 'SK', appendOnly: false, timeToLiveAttribute: 'expiresAt' },
  /** Documents of projections. */
  readModels: { partitionKey: 'PK', sortKey: 'SK', appendOnly: false },
} as const satisfies Record<string, TableDefinition>;

/** One of the tables of a store. */
export type Table = keyof typeof TABLES;

/** The names that the tables have in DynamoDB. */
export type TableNames = { readonly [table in Table]: string };

/** The names of a store's tables: `tidemark-events`, `tidemark-log`, …. */
export function tableNames(prefix: string): TableNames {
  return {
    events: `${prefix}-events`,
    log: `${prefix}-log`,
    state: `${prefix}-state`,
    readModels: `${prefix}-read-models`,
  };
}
