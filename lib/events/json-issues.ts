import type { Issue } from './errors.ts';

/** Deeper data is refused; it also ends the walk through an object that contains itself. */
const DEPTH_MAX = 100;

/** More say nothing new. It also ends the walk through an object that contains itself in several places. */
export const ISSUES_MAX = 100;

/**
 * Whatever JSON would change without a word between writing and reading, each with its path below `root`, up to
 * `ISSUES_MAX`: NaN, infinities, -0, bigint, undefined in an array, functions, symbols, objects of a class (Date, Map …),
 * and what an array has besides its elements. A property that is undefined counts as absent, as everywhere in JSON.
 */
export function jsonIssues(value: unknown, root: string): Issue[] {
  const walk: Walk = { root, trail: [], issues: [] };
  walkValue(value, walk);
  return walk.issues;
}

/** Whether a value is an object as JSON knows it: a literal, and not an array or an object of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Where the walk is. The path is only written out where there is something to say: most events have no issues. */
interface Walk {
  readonly root: string;
  readonly trail: (string | number)[];
  readonly issues: Issue[];
}

function walkValue(value: unknown, walk: Walk): void {
  const isObject = typeof value === 'object' && value !== null;
  const issue = isObject ? objectIssue(value, walk.trail.length) : scalarIssue(value);
  if (issue !== undefined) {
    report(walk, issue);
  } else if (Array.isArray(value)) {
    walkElements(value, walk);
  } else if (isObject) {
    walkProperties(value, walk);
  }
}

function scalarIssue(value: unknown): string | undefined {
  switch (typeof value) {
    case 'number':
      return numberIssue(value);
    case 'bigint':
      return `must be a number that JavaScript holds exactly, or a string, not the bigint ${value}`;
    case 'undefined':
      return 'must be a JSON value, not undefined';
    case 'function':
    case 'symbol':
      return `must be a JSON value, not a ${typeof value}`;
    default:
      return undefined;
  }
}

function numberIssue(value: number): string | undefined {
  if (!Number.isFinite(value)) {
    return `must be a finite number; JSON has no ${value}`;
  }
  return Object.is(value, -0) ? 'must not be -0; JSON writes it as 0' : undefined;
}

function objectIssue(value: object, depth: number): string | undefined {
  if (depth === DEPTH_MAX) {
    return `must not be nested more than ${DEPTH_MAX} deep, nor contain itself`;
  }
  const isArray = Array.isArray(value);
  if (isArray ? Object.getPrototypeOf(value) !== Array.prototype : !isPlainObject(value)) {
    return `must be a plain ${isArray ? 'array' : 'object'}; JSON would change ${className(value)}`;
  }
  if (Object.getOwnPropertySymbols(value).length > 0) {
    return 'must not have symbols as keys; JSON leaves them out';
  }
  return isArray && Object.keys(value).length > value.length
    ? 'must have nothing but its elements; JSON leaves the rest out'
    : undefined;
}

function walkElements(values: readonly unknown[], walk: Walk): void {
  for (let index = 0; index < values.length && walk.issues.length < ISSUES_MAX; index++) {
    walkChild(values[index], index, walk);
  }
}

function walkProperties(value: object, walk: Walk): void {
  for (const [key, child] of Object.entries(value)) {
    if (walk.issues.length >= ISSUES_MAX) {
      return;
    }
    if (child !== undefined) {
      walkChild(child, key, walk);
    }
  }
}

function walkChild(child: unknown, key: string | number, walk: Walk): void {
  walk.trail.push(key);
  walkValue(child, walk);
  walk.trail.pop();
}

function report({ root, trail, issues }: Walk, message: string): void {
  issues.push({ path: trail.reduce(pathOf, root), message });
}

/** The path of a property: `a.b`, or `a["b c"]` where the name is no identifier. */
export function pathOf(parent: string, key: string | number): string {
  if (typeof key === 'number') {
    return `${parent}[${key}]`;
  }
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? `${parent}.${key}` : `${parent}[${JSON.stringify(key)}]`;
}

function className(value: object): string {
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== '' ? `a ${name}` : 'an object of a class';
}
