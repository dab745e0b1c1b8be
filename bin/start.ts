#!/usr/bin/env node
import { orderOperations } from '../examples/orders/http.ts';
import { orderHandler } from '../examples/orders/order.ts';
import { projections } from '../examples/orders/projections.ts';
import { CannotStart } from '../lib/local/cannot-start.ts';
import { HELP, readSettings, type Settings } from '../lib/local/settings.ts';
import { type LocalSystem, startLocalSystem } from '../lib/local/start.ts';
import { stopRequest } from '../lib/local/stop-request.ts';

// Whoever reads our lines may be gone first; what is left to do does not depend on it.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

process.exit(await main());

/** The exit code. */
async function main(): Promise<number> {
  try {
    const settings = readSettings(process.argv.slice(2), process.env);
    if (settings === 'help') {
      console.log(HELP);
      return 0;
    }
    return await run(settings);
  } catch (error) {
    console.error(error instanceof CannotStart ? error.message : error);
    return 1;
  }
}

async function run(settings: Settings): Promise<number> {
  const stopRequested = stopRequest().then(() => undefined);
  const starting = startLocalSystem({
    ...settings,
    projections,
    operations: (tables) => orderOperations(orderHandler(tables)),
    say: console.log,
  });
  const system = await Promise.race([starting, stopRequested]);
  if (system === undefined) {
    // What has been started ends with this process.
    return 0;
  }
  console.log(readyLine(settings, system));
  const reason = await Promise.race([system.ended, stopRequested]);
  if (reason === undefined) {
    console.log('Stopping …');
    await system.stop();
    return 0;
  }
  console.error(`DynamoDB ended unexpectedly: ${reason}`);
  return 1;
}

function readyLine({ inMemory, dataFolder, dynamoDbEndpoint }: Settings, system: LocalSystem): string {
  const data = inMemory ? ', in memory' : `, data in ${dataFolder}`;
  const where = dynamoDbEndpoint === undefined || inMemory ? data : '';
  return `Tidemark is ready on ${system.url} (DynamoDB at ${system.dynamoDbEndpoint}${where})`;
}
