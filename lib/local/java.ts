import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { JAVA_VERSION_MS } from './bounds.ts';

/** What DynamoDB Local 3 is compiled for. */
export const JAVA_VERSION_MIN = 17;

/** The version of the `java` on the PATH, such as 17, or undefined where there is none that runs. */
export async function javaVersion(): Promise<number | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)('java', ['-version'], { timeout: JAVA_VERSION_MS });
    return parseJavaVersion(stdout + stderr);
  } catch {
    return undefined;
  }
}

/** From `openjdk version "17.0.15" 2025-04-15`; Java 8 and older say `"1.8.0_402"`. */
export function parseJavaVersion(output: string): number | undefined {
  const found = /version "(?:1\.)?(\d+)/.exec(output)?.[1];
  return found === undefined ? undefined : Number(found);
}
