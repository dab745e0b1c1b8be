import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { localDynamoDbClient } from '../../lib/local/local-client.ts';
import { tableNames } from '../../lib/tables/definitions.ts';
import { dynamoDbClient, dynamoDbTables } from '../../lib/tables/dynamodb-tables.ts';
import type { ReadContext } from '../../lib/tables/read-all.ts';
import { url } from './arguments.ts';

/** The options that say which store. */
export interface StoreOptions {
  readonly endpoint?: string;
  readonly tables: string;
  readonly json?: true;
}

/** Nobody waits for a long work to answer a request, so it may wait longer for AWS than the API does. */
const ATTEMPTS_MAX = 10;

export function addStoreOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--endpoint <url>',
        'a local DynamoDB; without it DYNAMODB_ENDPOINT, else AWS as its SDK is set up',
      ).argParser(url),
    )
    .addOption(new Option('--tables <prefix>', 'the prefix of the names of the tables').default('tidemark'))
    .option('--json', 'a line of JSON for each result');
}

export function openStore({ endpoint = process.env['DYNAMODB_ENDPOINT'], tables }: StoreOptions): ReadContext {
  const isLocal = endpoint !== undefined && endpoint !== '';
  const client = isLocal ? localDynamoDbClient(endpoint) : dynamoDbClient({ maxAttempts: ATTEMPTS_MAX });
  return {
    tables: dynamoDbTables(client, tableNames(tables)),
    delay: (ms, signal) => delay(ms, undefined, { signal }),
    random: Math.random,
  };
}
