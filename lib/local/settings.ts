import { parseArgs } from 'node:util';
import { CannotStart, reasonOf } from './cannot-start.ts';
import type { LocalSystemOptions } from './start.ts';

export const HELP = `Runs Tidemark on this machine.

  npm start                    keeps events in ./.tidemark
  npm start -- --in-memory     starts empty and forgets

Environment:
  PORT               of the HTTP API (default 3000; 0: any that is free)
  TIDEMARK_DATA      folder for the data (default .tidemark)
  DYNAMODB_ENDPOINT  URL of a DynamoDB to use instead of starting one`;

export type Settings = Omit<LocalSystemOptions, 'projections' | 'operations' | 'say'>;

/** What a command line and an environment ask for. An empty variable counts as not set. Throws `CannotStart`. */
export function readSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Settings | 'help' {
  const { help, 'in-memory': inMemory } = readOptions(args);
  return help
    ? 'help'
    : {
        port: readPort(env['PORT'] || '3000'),
        inMemory,
        dataFolder: env['TIDEMARK_DATA'] || '.tidemark',
        dynamoDbEndpoint: env['DYNAMODB_ENDPOINT'] || undefined,
      };
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', default: false },
        'in-memory': { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    // Node's message goes on with advice that fits no command without arguments.
    const [what] = reasonOf(error).split('. ', 1);
    throw new CannotStart(`${what}; there are --in-memory and --help`);
  }
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) {
    return port;
  }
  throw new CannotStart(`PORT must be a whole number from 0 to 65535, but it is "${text}"`);
}
