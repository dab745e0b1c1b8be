/**
 * A string of JSON, and the colon that makes it a name. Every string is matched, so that none is taken to begin at its end. One that does
 * not end is matched through the end of the text: it would be looked for anew from each quote in it, which takes the square of its length.
 */
const STRING = /("(?:[^"\\]|\\[\s\S])*(?:"|\\?$))(\s*:)?/g;

type Reviver = (this: unknown, name: string, value: unknown, context?: { readonly source?: string }) => unknown;

/**
 * `JSON.parse`, without its mistake in Node 24 and 26: once a process has seen an object with the name `\`, it reads names that
 * are written with an escape, such as `"` or a line feed, as `\` (github.com/nodejs/node/issues/63785). An event would come back
 * with another name in its data. Only escaped names are concerned, so only texts that have some are parsed with others in their
 * place, which are put back afterwards.
 *
 * @throws {SyntaxError} it is not JSON
 */
export function parseJson(text: string, reviver?: Reviver): unknown {
  if (!text.includes('\\')) {
    return JSON.parse(text, reviver);
  }
  const names: unknown[] = [];
  const mark = absentFrom(text);
  const unescaped = text.replace(STRING, (both: string, string: string, colon?: string) =>
    colon !== undefined && string.includes('\\') ? `"${mark}${names.push(JSON.parse(string)) - 1}"${colon}` : both,
  );
  return names.length === 0 ? JSON.parse(text, reviver) : withNames(JSON.parse(unescaped, reviver), mark, names);
}

/** A short text that no name in `text` begins with: found in one pass, whatever somebody has written to make it long. */
function absentFrom(text: string): string {
  const taken = new Set<number>();
  for (const [, number] of text.matchAll(/#(?=(\d{1,8})#)/g)) {
    taken.add(Number(number));
  }
  let free = 0;
  while (taken.has(free)) {
    free += 1;
  }
  return `#${free}#`;
}

function withNames(value: unknown, mark: string, names: readonly unknown[]): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((element) => withNames(element, mark, names));
  }
  const entries = Object.entries(value).map(([name, child]): [string, unknown] => [
    name.startsWith(mark) ? String(names[Number(name.slice(mark.length))]) : name,
    withNames(child, mark, names),
  ]);
  return Object.fromEntries(entries);
}
