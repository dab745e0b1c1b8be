import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Projection } from '../../lib/projections/definition.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { UsageError } from './exit-codes.ts';

/**
 * The projection of a name that a module exports: under any name, by itself or in a list; or in the list that its function
 * `projections` makes of the tables, which process managers need.
 *
 * @throws {UsageError} it cannot be loaded, or exports none of that name
 */
export async function loadProjection(file: string, name: string, tables: Tables): Promise<Projection> {
  const exported = await importModule(file);
  const made: unknown = typeof exported['projections'] === 'function' ? exported['projections'](tables) : [];
  const projections = [...Object.values(exported), made].flat().filter(isProjection);
  const projection = projections.find((one) => one.name === name);
  if (projection === undefined) {
    const names = [...new Set(projections.map((one) => one.name))].join(', ');
    throw new UsageError(`${file} exports no projection ${name}; it exports ${names === '' ? 'none' : names}.`);
  }
  return projection;
}

async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const exported: Readonly<Record<string, unknown>> = await import(pathToFileURL(resolve(file)).href);
    return exported;
  } catch (error) {
    throw new UsageError(
      `--module ${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function isProjection(value: unknown): value is Projection {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    (value.kind === 'documents' || value.kind === 'handler') &&
    'name' in value &&
    typeof value.name === 'string'
  );
}
