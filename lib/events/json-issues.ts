import type { Issue } from './errors.ts';

/** Deeper data is refused; it also ends the walk through an object that contains itself. */
const DEPTH_MAX = 100;

/**
 * Adds to `issues` whatever JSON would change without a word between writing and reading, each with its path:
 * NaN, infinities, -0, bigint, undefined in an array, functions, symbols, and objects of a class (Date, Map …).
 * A property that is undefined counts as absent, as everywhere in JSON.
 */
export function collectJsonIssues(value: unknown, path: string, issues: Issue[], depth = 0): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') {
    return;
  }
  if (typeof value === 'number') {
    const issue = numberIssue(value);
    if (issue !== undefined) {
      issues.push({ path, message: issue });
    }
    return;
  }
  if (typeof value !== 'object') {
    const right = typeof value === 'bigint' ? 'a number that JavaScript holds exactly, or a string' : 'a JSON value';
    issues.push({ path, message: `must be ${right}, not ${named(value)}` });
    return;
  }
  if (depth === DEPTH_MAX) {
    issues.push({
      path,
      message: `must not be nested more than ${DEPTH_MAX} deep, nor contain itself`,
    });
    return;
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      collectJsonIssues(value[index], `${path}[${index}]`, issues, depth + 1);
    }
    return;
  }
  collectObjectIssues(value, path, issues, depth);
}

/** Whether a value is an object as JSON knows it: a literal, and not an array or an object of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function collectObjectIssues(value: object, path: string, issues: Issue[], depth: number): void {
  if (!isPlainObject(value)) {
    issues.push({
      path,
      message: `must be a plain object; JSON would change ${named(value)}`,
    });
    return;
  }
  if (Object.getOwnPropertySymbols(value).length > 0) {
    issues.push({
      path,
      message: 'must not have symbols as keys; JSON leaves them out',
    });
  }
  for (const [key, child] of Object.entries(value)) {
    if (child !== undefined) {
      collectJsonIssues(child, pathOf(path, key), issues, depth + 1);
    }
  }
}

function numberIssue(value: number): string | undefined {
  if (!Number.isFinite(value)) {
    return `must be a finite number; JSON has no ${value}`;
  }
  return Object.is(value, -0) ? 'must not be -0; JSON writes it as 0' : undefined;
}

function pathOf(parent: string, key: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? `${parent}.${key}` : `${parent}[${JSON.stringify(key)}]`;
}

function named(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
    return typeof name === 'string' && name !== '' ? `a ${name}` : 'an object of a class';
  }
  if (value === undefined || typeof value === 'function') {
    return value === undefined ? 'undefined' : 'a function';
  }
  return `the ${typeof value} ${String(value)}`;
}
