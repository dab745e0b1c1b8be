/**
 * A process that runs `order-rows`, and is killed with -9 between its rows and the checkpoint of the runner: behind the batch whose
 * number it is told, if there is one.
 */

import { orderRows } from '../../examples/orders/order-rows.ts';
import {
  createProjectionContext,
  createProjectionRunner,
  dynamoDbTables,
  type HandlerProjection,
  tableNames,
} from '../../lib/index.ts';
import { localDynamoDbClient } from '../../lib/local/local-client.ts';

const [endpoint = '', prefix = '', file = '', killedBehind = ''] = process.argv.slice(2);
const { projection } = orderRows(file);
let batches = 0;
const interrupted: HandlerProjection = {
  ...projection,
  handle: async (events, batch) => {
    await projection.handle(events, batch);
    batches += 1;
    if (batches === Number(killedBehind)) {
      process.kill(process.pid, 'SIGKILL');
    }
  },
};
const tables = dynamoDbTables(localDynamoDbClient(endpoint), tableNames(prefix));
const { outcome } = await createProjectionRunner(createProjectionContext(tables), interrupted).run();
process.exitCode = outcome === 'caught-up' ? 0 : 1;
