import type { Table } from '../../lib/tables/definitions.ts';
import type { ConditionalPut, Tables } from '../../lib/tables/tables.ts';
import type { TableAction } from './may.ts';

/** Tables that record what the code behind them would have asked IAM for. */
export function recordedTables(tables: Tables): { readonly tables: Tables; readonly asked: Map<string, TableAction> } {
  const asked = new Map<string, TableAction>();
  const ask = (action: string, table: Table, partitions?: readonly string[]) => {
    const request = { action: `dynamodb:${action}`, table, ...(partitions === undefined ? {} : { partitions }) };
    asked.set(JSON.stringify(request), request);
  };
  const askPuts = (puts: readonly ConditionalPut[]) => {
    for (const { table, item } of puts) {
      ask('PutItem', table, [item.PK]);
    }
  };
  const recorded: Tables = {
    get: (table, key, ...rest) => {
      ask('GetItem', table, [key.PK]);
      return tables.get(table, key, ...rest);
    },
    query: (table, range, ...rest) => {
      ask('Query', table, [range.partition]);
      return tables.query(table, range, ...rest);
    },
    scan: (table, ...rest) => {
      ask('Scan', table);
      return tables.scan(table, ...rest);
    },
    batchGet: (table, keys, ...rest) => {
      const partitions = keys.map(({ PK }) => PK);
      ask('BatchGetItem', table, partitions);
      return tables.batchGet(table, keys, ...rest);
    },
    put: (put) => {
      askPuts([put]);
      return tables.put(put);
    },
    remove: (table, keys) => {
      const partitions = keys.map(({ PK }) => PK);
      ask('BatchWriteItem', table, partitions);
      return tables.remove(table, keys);
    },
    transact: (puts) => {
      askPuts(puts);
      return tables.transact(puts);
    },
  };
  return { tables: recorded, asked };
}
