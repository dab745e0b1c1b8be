import type { Table, TableNames } from '../lib/tables/definitions.ts';

/** The environment variable with the name of each table. */
const VARIABLES: TableNames = {
  events: 'EVENTS_TABLE',
  log: 'LOG_TABLE',
  state: 'STATE_TABLE',
  readModels: 'READ_MODELS_TABLE',
};

/**
 * The names of the tables that a function uses, from the environment variables that the deployment sets.
 *
 * @throws {Error} a variable is missing or empty; the message names all of them
 */
export function tableNamesFromEnvironment<Used extends Table>(
  environment: NodeJS.ProcessEnv,
  tables: readonly Used[],
): Pick<TableNames, Used>;
export function tableNamesFromEnvironment(
  environment: NodeJS.ProcessEnv,
  tables: readonly Table[],
): Partial<TableNames> {
  const missing = tables.map((table) => VARIABLES[table]).filter((variable) => !environment[variable]);
  if (missing.length > 0) {
    const variables = missing.length === 1 ? `variable ${missing} is` : `variables ${missing.join(', ')} are`;
    throw new Error(`The environment ${variables} missing; each must have the name of a table`);
  }
  return Object.fromEntries(tables.map((table) => [table, environment[VARIABLES[table]]]));
}
