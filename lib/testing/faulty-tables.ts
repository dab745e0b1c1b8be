import { Unavailable } from '../events/errors.ts';
import type { Tables } from '../tables/tables.ts';

/** Tables with other behaviour in some calls. */
export function withCalls(tables: Tables, calls: Partial<Tables>): Tables {
  return { ...tables, ...calls };
}

/**
 * Tables on which the answer of a write is lost although it took effect.
 *
 * @param lose is asked after each write: `repeat` as the SDK does, which makes the request once more; `fail` as a process
 *   sees it whose SDK has given up
 */
export function losingAnswers(tables: Tables, lose: () => 'no' | 'repeat' | 'fail'): Tables {
  const losing = async <Answer extends { outcome: string }>(write: () => Promise<Answer>): Promise<Answer> => {
    const answer = await write();
    if (answer.outcome !== 'written') {
      return answer;
    }
    const fate = lose();
    if (fate === 'fail') {
      throw new Unavailable(new Error('the connection was reset'));
    }
    return fate === 'repeat' ? write() : answer;
  };
  return withCalls(tables, {
    put: (conditionalPut) => losing(() => tables.put(conditionalPut)),
    transact: (puts) => losing(() => tables.transact(puts)),
  });
}
