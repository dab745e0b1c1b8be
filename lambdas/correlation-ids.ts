import type { HttpApiEvent } from '../lib/http/lambda-handler.ts';
import { CORRELATION_ID_LENGTH_MAX, CORRELATION_IDS_MAX } from './bounds.ts';
import { memberOf } from './member-of.ts';

/** The correlation ids of the events that a request would append, as far as it can be read: nothing that is wrong with it is an error here. */
export function correlationIdsOf({ body, isBase64Encoded }: HttpApiEvent): readonly string[] {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString());
  } catch {
    return [];
  }
  const events = memberOf(content, 'events');
  const ids = Array.isArray(events)
    ? events.map((event) => memberOf(memberOf(event, 'metadata'), 'correlationId'))
    : [];
  return correlationIdsAmong(ids);
}

/** Those of some values that can be correlation ids, each once. */
export function correlationIdsAmong(values: readonly unknown[]): readonly string[] {
  const ids = values.filter((id) => typeof id === 'string').map((id) => id.slice(0, CORRELATION_ID_LENGTH_MAX));
  return [...new Set(ids)].slice(0, CORRELATION_IDS_MAX);
}
