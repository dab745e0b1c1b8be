/** The tables of docs/performance.md: written where they stand, between marks that name them. */
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';

const PAGE = new URL('../docs/performance.md', import.meta.url);

export type Row = Readonly<Record<string, string | number>>;

/** Rows as a table, with the names of the first one's columns. */
export function markdownTable(rows: readonly Row[]): string {
  const headers = Object.keys(rows[0] ?? {});
  const lines = [headers, headers.map(() => '---'), ...rows.map((row) => headers.map((header) => String(row[header])))];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @throws {RangeError} the page has no such place */
export function replaceBlock(page: string, name: string, content: string): string {
  const [begin, end] = [`<!-- measured: ${name} -->\n`, '\n<!-- end -->'];
  const from = page.indexOf(begin);
  const through = page.indexOf(end, from);
  if (from === -1 || through === -1) {
    throw new RangeError(`docs/performance.md has no place for ${name}`);
  }
  return `${page.slice(0, from + begin.length)}\n${content}\n${page.slice(through)}`;
}

/** When and where it was measured, and how busy the machine was besides: one that is at rest has a load of about its own work. */
export function circumstances(rounds: number | undefined): string {
  const [load = 0] = loadavg();
  const date = new Date().toISOString().slice(0, 10);
  return (
    `Taken on ${date}: ${availableParallelism()} cores, Node ${process.version}, DynamoDB Local in memory on the same machine, ` +
    `${rounds === undefined ? '' : `${rounds} rounds, `}a load of ${load.toFixed(0)} at the end.`
  );
}

export async function writeBlock(name: string, content: string): Promise<void> {
  await writeFile(PAGE, replaceBlock(await readFile(PAGE, 'utf8'), name, content));
}
