import { InvalidArgument, type Issue, quote } from '../events/errors.ts';
import { nameIssue, STREAM_ID_LENGTH_MAX } from '../events/names.ts';
import type { CommitReference } from './log-entry.ts';

/** Which events of the log are wanted: those that meet all that is given. */
export interface LogFilter {
  /** What stands before the first `-` of the stream id: `Order`. Default: any. */
  readonly category?: string;
  /** Event types, any of them. Default: any type. */
  readonly types?: readonly string[];
}

/** Whether a commit has wanted events, as far as its reference tells; then it has at least one. */
export function matchesCommit(
  { category, types }: LogFilter,
  { streamId, types: commitTypes }: CommitReference,
): boolean {
  const isInCategory = category === undefined || streamId.startsWith(`${category}-`);
  return isInCategory && (types === undefined || commitTypes.some((type) => types.includes(type)));
}

/** How many wanted events a commit has at the most: each type that is not wanted is there once at least. */
export function matchingEventsMax({ types }: LogFilter, { count, types: commitTypes }: CommitReference): number {
  return types === undefined ? count : count - commitTypes.filter((type) => !types.includes(type)).length;
}

export function filterIssues({ category, types }: LogFilter): Issue[] {
  return [
    ...(category === undefined ? [] : issueOf('category', categoryIssue(category))),
    ...(types === undefined ? [] : typesIssues(types)),
  ];
}

/** @throws {InvalidArgument} */
export function requireValid(issues: readonly Issue[]): void {
  if (issues.length > 0) {
    throw new InvalidArgument(issues);
  }
}

/** What is wrong with a category, or undefined where it is right. */
export function categoryIssue(category: unknown): string | undefined {
  const issue = nameIssue(category, STREAM_ID_LENGTH_MAX);
  return (
    issue ?? (String(category).includes('-') ? 'must have no "-": a category ends before the first one' : undefined)
  );
}

function typesIssues(types: readonly string[]): Issue[] {
  if (!Array.isArray(types) || types.length === 0) {
    return [{ path: 'types', message: `must be a list of at least one event type, not ${quote(types)}` }];
  }
  return types.flatMap((type, index) => issueOf(`types[${index}]`, nameIssue(type)));
}

function issueOf(path: string, message: string | undefined): Issue[] {
  return message === undefined ? [] : [{ path, message }];
}

export function limitIssues(limit: unknown): Issue[] {
  const isLimit = Number.isSafeInteger(limit) && Number(limit) >= 1;
  return isLimit ? [] : [{ path: 'limit', message: `must be a whole number from 1, not ${quote(limit)}` }];
}
