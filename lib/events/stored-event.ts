/** STORAGE FORMAT of an event inside a commit, as JSON. It changes with the format of the commit (`stored-commit.ts`). */
import type { NewEvent, NewEventMetadata } from './event.ts';

/** What stands for itself is left out: a derived id, schema version 1, empty metadata. */
export interface StoredEvent {
  readonly type: string;
  readonly data: unknown;
  readonly id?: string;
  readonly schemaVersion?: number;
  readonly metadata?: { readonly [name: string]: unknown };
}

/** The stored form of an event that was checked. */
export function storedEvent({ type, data, id, schemaVersion, metadata }: NewEvent): StoredEvent {
  return {
    type,
    data,
    ...(id === undefined ? {} : { id }),
    ...(schemaVersion === undefined || schemaVersion === 1 ? {} : { schemaVersion }),
    ...(metadata === undefined || isEmpty(metadata) ? {} : { metadata }),
  };
}

export function isStoredEvent(value: unknown): value is StoredEvent {
  return (
    isRecord(value) &&
    typeof value['type'] === 'string' &&
    'data' in value &&
    (value['id'] === undefined || typeof value['id'] === 'string') &&
    (value['schemaVersion'] === undefined ||
      (Number.isSafeInteger(value['schemaVersion']) && Number(value['schemaVersion']) >= 1)) &&
    (value['metadata'] === undefined || isRecord(value['metadata']))
  );
}

/** Whether JSON writes it as `{}`: a property that is undefined counts as absent. */
function isEmpty(metadata: NewEventMetadata): boolean {
  return Object.values(metadata).every((value) => value === undefined);
}

function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null;
}
