import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type DefinedEvents, typesOf } from './defined-event.ts';
import { InvalidEvent, type Issue, quote } from './errors.ts';
import type { NewEvent } from './event.ts';
import { ISSUES_MAX, isPlainObject, pathOf } from './json-issues.ts';

/**
 * Checks new events, one after the other, and returns them with what their schemas make of their data, and with their version. What
 * is no event at all is left to whoever stores it, who refuses it with the same words as everywhere.
 *
 * @throws {InvalidEvent} with the issues and their paths below `root`; past about a hundred it stops looking
 */
export async function validateEvents(
  defined: DefinedEvents,
  events: readonly NewEvent[],
  root: string,
): Promise<readonly NewEvent[]> {
  if (!Array.isArray(events)) {
    return events;
  }
  const issues: Issue[] = [];
  const validated: NewEvent[] = [];
  for (const [index, event] of events.entries()) {
    if (issues.length >= ISSUES_MAX) {
      break;
    }
    validated.push(await validateEvent(defined, event, `${root}[${index}]`, issues));
  }
  if (issues.length > 0) {
    throw new InvalidEvent(issues);
  }
  return validated;
}

async function validateEvent(
  defined: DefinedEvents,
  event: NewEvent,
  path: string,
  issues: Issue[],
): Promise<NewEvent> {
  if (!isPlainObject(event)) {
    return event;
  }
  const { type, data } = event;
  const definition = defined.get(type);
  if (definition === undefined) {
    issues.push({ path: `${path}.type`, message: `must be one of ${typesOf(defined)}, not ${quote(type)}` });
    return event;
  }
  const { schema, version } = definition;
  const { schemaVersion = version } = event;
  if (schemaVersion !== version) {
    const message = `must be ${version}, the current one of ${type}, or left out, not ${quote(schemaVersion)}`;
    issues.push({ path: `${path}.schemaVersion`, message });
    return event;
  }
  const result = await schema['~standard'].validate(data);
  if (result.issues === undefined) {
    return { ...event, data: result.value, schemaVersion };
  }
  const what = `of ${type}, schema version ${version}`;
  issues.push(...schemaIssues(result.issues, `${path}.data`, what));
  return event;
}

/** A validator may refuse without saying why. */
function schemaIssues(issues: readonly StandardSchemaV1.Issue[], root: string, what: string): Issue[] {
  return issues.length === 0
    ? [{ path: root, message: `${what}: is refused by its schema, which does not say why` }]
    : issues.slice(0, ISSUES_MAX).map(({ path = [], message }) => ({
        path: dataPath(root, path),
        message: `${what}: ${message}`,
      }));
}

function dataPath(root: string, path: NonNullable<StandardSchemaV1.Issue['path']>): string {
  return path.reduce<string>((parent, segment) => {
    const key = typeof segment === 'object' ? segment.key : segment;
    return pathOf(parent, typeof key === 'number' ? key : String(key));
  }, root);
}
