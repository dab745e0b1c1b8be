import type { Tables } from '../../lib/tables/tables.ts';

/** Tables on which every call waits for its turn before it takes effect, and again before its answer arrives. */
export function interleaved(tables: Tables, turn: () => Promise<unknown>): Tables {
  const inTurn = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    await turn();
    const answer = await call();
    await turn();
    return answer;
  };
  return {
    get: (...parameters) => inTurn(() => tables.get(...parameters)),
    query: (...parameters) => inTurn(() => tables.query(...parameters)),
    scan: (...parameters) => inTurn(() => tables.scan(...parameters)),
    batchGet: (...parameters) => inTurn(() => tables.batchGet(...parameters)),
    put: (...parameters) => inTurn(() => tables.put(...parameters)),
    remove: (...parameters) => inTurn(() => tables.remove(...parameters)),
    transact: (...parameters) => inTurn(() => tables.transact(...parameters)),
  };
}
