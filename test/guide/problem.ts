/** What is wrong with a chapter. */
export interface Problem {
  /** Such as `docs/guide/03-commands.md:47`. */
  readonly where: string;
  readonly message: string;
}

/** None where a block prints what stands behind it. */
export function differenceOf(path: string, line: number, printed: string, expected: string): Problem[] {
  return masked(printed) === masked(expected)
    ? []
    : [{ where: `${path}:${line}`, message: `prints\n${printed.trim()}\nand not\n${expected.trim()}` }];
}

/** What differs from run to run: ids, times, how long something took, and ports. */
function masked(text: string): string {
  return text
    .trim()
    .replaceAll('\r', '')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/\d+(\.\d+)?ms|duration_ms [\d.]+/g, '<duration>')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, '<url>');
}
