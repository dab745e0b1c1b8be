import type { TableNames } from '../lib/tables/definitions.ts';

/** The names of the tables, from the environment variables that the deployment sets. */
export function tableNamesFromEnvironment(environment: NodeJS.ProcessEnv): TableNames {
  return {
    events: required(environment, 'EVENTS_TABLE'),
    log: required(environment, 'LOG_TABLE'),
    state: required(environment, 'STATE_TABLE'),
    readModels: required(environment, 'READ_MODELS_TABLE'),
  };
}

function required(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') {
    throw new Error(`The environment variable ${name} is missing; it must have the name of a table`);
  }
  return value;
}
