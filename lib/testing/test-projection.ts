import { AssertionError } from 'node:assert/strict';
import type { NewEvent } from '../events/event.ts';
import { frozen } from '../events/frozen.ts';
import type { EventTypes, NewEventOf } from '../events/typed-event.ts';
import type { LoggedEvent } from '../log/log-reader.ts';
import type { DocumentProjection } from '../projections/definition.ts';
import { evolved } from '../projections/fold.ts';
import { prefixMessage } from './contract.ts';
import { expectEqual } from './expect.ts';
import { recorded } from './given-events.ts';

/** An event that a projection is given: of its events; or, as it may be in the log, of a schema version that is named or of another type. */
export type GivenEvent<Events extends EventTypes = EventTypes> =
  | (NewEventOf<Events> & GivenPlace)
  | (NewEvent & GivenPlace & { readonly schemaVersion: number });

/** Whatever it says of its data. */
type AnyGivenEvent = NewEvent & GivenPlace;

interface GivenPlace {
  /** Default: `{category of the projection}-1`. */
  readonly streamId?: string;
  /** When it was appended, ISO 8601. Default: the first of January 2026. */
  readonly timestamp?: string;
}

/** What a projection is tried with. */
export interface ProjectionTest<Events extends EventTypes = EventTypes> {
  /**
   * What is in the log, in its order. Events that the projection does not follow are passed over; where it has definitions of its events,
   * a type that is not among them is an `AssertionError`.
   */
  given(...events: readonly GivenEvent<Events>[]): ProjectionTest<Events>;
  /** Expects the document that they have made under a key. Throws an `AssertionError` that shows the difference. */
  thenDocument(key: string, document: unknown): void;
  /** Expects that there is none under a key. */
  thenNoDocument(key: string): void;
  /** Expects these documents, by key, and no others. */
  thenDocuments(documents: Readonly<Record<string, unknown>>): void;
}

/**
 * Tries a projection of documents, without a store. Documents and events are what JSON makes of them. Any test runner will do.
 *
 * @example
 * testProjection(orderSummary)
 *   .given({ type: 'OrderPlaced', data: placed }, { type: 'OrderShipped', data: {} })
 *   .thenDocument('1', { orderId: '1', status: 'shipped' });
 */
export function testProjection<Events extends EventTypes>(
  projection: DocumentProjection<Events>,
): ProjectionTest<Events> {
  return projectionTest(projection, []);
}

function projectionTest<Events extends EventTypes>(
  projection: DocumentProjection,
  before: readonly AnyGivenEvent[],
): ProjectionTest<Events> {
  return {
    given: (...events) => projectionTest(projection, [...before, ...events]),
    thenDocument: (key, document) => {
      const documents = documentsOf(projection, before);
      if (!documents.has(key)) {
        const keys = [...documents.keys()].map((known) => JSON.stringify(known)).join(', ');
        const others = keys === '' ? 'there is none' : `there are ${keys}`;
        throw new AssertionError({
          message: `There is no document ${JSON.stringify(key)} of ${projection.name}; ${others}`,
        });
      }
      expectEqual(documents.get(key), document, `Document ${JSON.stringify(key)} of ${projection.name}`);
    },
    thenNoDocument: (key) => {
      const found = documentsOf(projection, before).get(key);
      expectEqual(found, undefined, `Document ${JSON.stringify(key)} of ${projection.name}`);
    },
    thenDocuments: (documents) => {
      expectEqual(
        Object.fromEntries(documentsOf(projection, before)),
        documents,
        `The documents of ${projection.name}`,
      );
    },
  };
}

/** Those that there are, in the order of their first events. */
function documentsOf(projection: DocumentProjection, given: readonly AnyGivenEvent[]): Map<string, unknown> {
  const documents = new Map<string, unknown>();
  for (const event of logged(projection, given).filter((one) => isFollowed(projection, one))) {
    try {
      const key = projection.keyOf(event);
      if (key !== undefined) {
        documents.set(key, asStored(evolved(projection, documents.get(key), frozen(event))));
      }
    } catch (error) {
      prefixMessage(`${projection.name} fails for ${event.type} at position ${event.position}`, error);
      throw error;
    }
  }
  return new Map([...documents].filter(([, document]) => document !== undefined));
}

function asStored(document: unknown): unknown {
  return document === undefined ? undefined : JSON.parse(JSON.stringify(document));
}

function isFollowed({ filter: { category, types } }: DocumentProjection, { streamId, type }: LoggedEvent): boolean {
  const isOfCategory = category === undefined || streamId.startsWith(`${category}-`);
  return isOfCategory && (types === undefined || types.includes(type));
}

/** Each with its place in the log and in its stream. */
function logged(projection: DocumentProjection, given: readonly AnyGivenEvent[]): LoggedEvent[] {
  const versions = new Map<string, number>();
  return given.flatMap(({ streamId = `${projection.filter.category ?? 'Stream'}-1`, timestamp, ...event }, index) => {
    const version = (versions.get(streamId) ?? 0) + 1;
    versions.set(streamId, version);
    const position = index + 1;
    const id = event.id ?? `given.${position}`;
    const schemaVersion = event.schemaVersion ?? currentVersion(projection, event.type);
    return recorded(streamId, [{ ...event, id, schemaVersion }], timestamp).map((one) => ({
      ...one,
      version,
      position,
    }));
  });
}

/** A type that is not defined is a mistake of the test, which would be passed over. */
function currentVersion({ name, definitions }: DocumentProjection, type: string): number {
  const version = definitions === undefined ? 1 : definitions.schemaVersion(type);
  if (version === undefined) {
    const known = definitions?.types.join(', ');
    throw new AssertionError({ message: `${name} is given ${type}, which is not among its events: ${known}` });
  }
  return version;
}
