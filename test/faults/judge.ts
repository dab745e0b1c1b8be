/** The end of a run: waiting for rest, doing things again, `tidemark verify`, and the comparisons. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  createEventStore,
  createProjectionContext,
  createReadModels,
  dynamoDbTables,
  tableNames,
} from '../../lib/index.ts';
import { localDynamoDbClient } from '../../lib/local/local-client.ts';
import { waitUntil } from '../../lib/local/wait-until.ts';
import type { Run } from './begin.ts';
import { COVERED_SECONDS_MIN, POLL_MS, SETTLE_BROKEN_MS_MAX, SETTLE_MS_MAX, WRITERS } from './bounds.ts';
import {
  compareClaims,
  compareFollower,
  comparePlaces,
  compareReadModels,
  compareStreams,
  readWholeLog,
} from './compare.ts';
import { unsteady } from './measures.ts';
import { neverHappened } from './summary.ts';

const TIDEMARK = fileURLToPath(new URL('../../bin/tidemark.ts', import.meta.url));

/** What was done is done again, from other processes and after everything that has happened: it must be what it was, and add nothing. */
export async function repeat({ ledger, trying, say }: Run): Promise<void> {
  const begun = performance.now();
  const queue = ledger.repeats.values();
  const work = async (index: number) => {
    for (const again of queue) {
      await again(trying(WRITERS + index));
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, index) => work(index)));
  say(`${ledger.repeats.length} repeats in ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
}

/** Whether the run was worth something: all that may go wrong has gone wrong, and a soak was flat. */
export function judgeRun(run: Run): void {
  const { seconds, isSoak, measures, kills, onTrouble } = run;
  for (const what of seconds >= COVERED_SECONDS_MIN ? neverHappened(run) : []) {
    onTrouble(`Never happened in this run: ${what}`);
  }
  for (const what of isSoak ? unsteady(measures.growth(kills.spared)) : []) {
    onTrouble(what);
  }
}

/** Waits until all that was acknowledged has been followed, and the projections have what the log has. */
export async function settle(run: Run): Promise<void> {
  const { processes, followers, ledger, violations, onTrouble } = run;
  const everybody = [...processes.systems, ...processes.stores];
  await Promise.all(everybody.map((one) => one.ready()));
  const { store, readModels, client } = direct(run);
  const expected = [...ledger.claims.values()]
    .filter(({ outcome }) => outcome === 'once')
    .reduce((sum, { events }) => sum + events.length, 0);
  let trouble = '';
  const begun = performance.now();
  const isSettled = await waitUntil(
    async () => {
      const head = await store.logHead({ consistency: 'strong' });
      const statuses = await readModels.statuses();
      trouble = `the log ends at ${head}, of at least ${expected}; ${statuses.map(({ name, position, state }) => `${name} is ${state} at ${position}`).join(', ')}; ${followers.map(({ name, position }) => `${name} is at ${position}`).join(', ')}`;
      const isThere =
        head >= expected &&
        statuses.every(({ position }) => position === head) &&
        followers.every(({ position }) => position === head);
      // What is broken already need not come to rest.
      return isThere || (violations.length > 0 && performance.now() - begun > SETTLE_BROKEN_MS_MAX);
    },
    { limitMs: SETTLE_MS_MAX, pollMs: POLL_MS * 5 },
  );
  client.destroy();
  if (!isSettled) {
    onTrouble(`After ${SETTLE_MS_MAX / 1_000} s without faults ${trouble}`);
  }
}

export async function judge(run: Run): Promise<void> {
  const { dynamoDb, onTrouble, ledger, followers, random, say, following, overHttp } = run;
  // It waits for what nobody was told of, and what may still be on its way into the log.
  const { output, code } = await promisify(execFile)(process.execPath, [
    TIDEMARK,
    'verify',
    '--endpoint',
    dynamoDb.endpoint(),
  ])
    .then(({ stdout }) => ({ output: stdout, code: 0 }))
    .catch((error: { stdout?: string; stderr?: string; code?: number }) => ({
      output: `${error.stdout}${error.stderr}`,
      code: error.code,
    }));
  say(`tidemark verify: ${output.trim()}`);
  if (code !== 0) {
    onTrouble(`tidemark verify ended with ${code}: ${output}`);
  }
  await settle(run);
  following.abort();
  await overHttp;
  const { store, tables, readModels, client } = direct(run);
  const log = await readWholeLog(store);
  comparePlaces(log, onTrouble);
  compareClaims(log, ledger, onTrouble);
  await compareStreams(log, store, random, onTrouble);
  for (const follower of followers) {
    compareFollower(log, follower, onTrouble);
  }
  await compareReadModels(log, tables, readModels, onTrouble);
  client.destroy();
  say(`${log.length} events of the log were compared`);
}

/** Past the proxy. */
function direct({ dynamoDb }: Run) {
  const client = localDynamoDbClient(dynamoDb.endpoint());
  const tables = dynamoDbTables(client, tableNames('tidemark'));
  return {
    client,
    tables,
    store: createEventStore({ tables }),
    readModels: createReadModels(createProjectionContext(tables)),
  };
}
