import type { StandardSchemaV1 } from '@standard-schema/spec';
import { quote } from './errors.ts';
import type { RecordedEvent } from './event.ts';

/** A definition of a type of event that was checked. */
export interface DefinedEvent {
  readonly schema: StandardSchemaV1;
  /** From schema version 1 to 2, from 2 to 3 …. */
  readonly upcasters: readonly AnyUpcaster[];
  /** The current schema version. */
  readonly version: number;
}

/** What was stored under a version is what its schema has let through, so upcasters are given it as it is. */
export type AnyUpcaster = (data: unknown, event: Omit<RecordedEvent, 'data'>) => unknown;

/** By their types. */
export type DefinedEvents = ReadonlyMap<string, DefinedEvent>;

/** More make a message longer and not clearer. */
const TYPES_NAMED_MAX = 20;

/** The types that are defined, for a message. */
export function typesOf(defined: DefinedEvents): string {
  const named = [...defined.keys()].slice(0, TYPES_NAMED_MAX).map(quote).join(', ');
  return defined.size > TYPES_NAMED_MAX ? `${named} … (${defined.size})` : named;
}
