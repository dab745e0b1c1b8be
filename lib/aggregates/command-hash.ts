import { hash } from 'node:crypto';

/**
 * SHA-256 of what a command asks for, base64url: the same for the same type and data, whatever the order of names in it. Its metadata do
 * not count: a repeat may be another request, with other ids.
 */
export function commandHash({ type, data }: { readonly type: string; readonly data: unknown }): string {
  return hash('sha256', JSON.stringify([type, data], sortedNames), 'base64url');
}

function sortedNames(_: string, value: unknown): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? Object.fromEntries(Object.entries(value).toSorted(byName)) : value;
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}
