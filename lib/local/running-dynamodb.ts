/** A DynamoDB that answers. */
export interface RunningDynamoDb {
  /** Such as `http://127.0.0.1:8000`. */
  readonly endpoint: string;
  /** Given by `DYNAMODB_ENDPOINT`, a container, or the bundled DynamoDB Local on Java. */
  readonly source: 'endpoint' | 'docker' | 'bundled';
  /** Stops it where we started it, and waits until it is gone. */
  stop(): Promise<void>;
  /** Resolves with the reason if it ends without `stop`. Never rejects. */
  readonly ended: Promise<string>;
}

/** Where the data are: in a folder, or in memory only. */
export type Storage = { readonly inMemory: true } | { readonly inMemory: false; readonly dataFolder: string };

/** Is told what is being done, in one line, before each step that takes a while. */
export type Say = (line: string) => void;

/**
 * The port that DynamoDB Local has by default, and that other tools try first. Only one with a data folder takes it.
 */
export const PREFERRED_PORT = 8000;
