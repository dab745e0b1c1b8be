import { expect, test } from 'vitest';
import { parseJavaVersion } from '../../lib/local/java.ts';

test.each([
  ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)', 17],
  ['java version "1.8.0_402"\nJava(TM) SE Runtime Environment', 8],
  ['openjdk version "25" 2025-09-16', 25],
  ['openjdk version "26-ea" 2026-03-17', 26],
  ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21.0.4" 2024-07-16 LTS', 21],
  ['The operation could not be completed. Unable to locate a Java Runtime.', undefined],
])('%j', (output, version) => {
  expect(parseJavaVersion(output)).toBe(version);
});
