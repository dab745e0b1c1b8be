/** That the contract suites run with the test runner of Node alone, as their docstrings say. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { memoryTables } from '../../lib/index.ts';
import { tablesContract } from '../../lib/testing/index.ts';

/** What Node's runner reports of the contract, for tables that are made by an expression. */
function runWithNode(tables: string): { readonly status: number | null; readonly report: string } {
  const program = `
    import { test } from 'node:test';
    import { memoryTables } from 'tidemark';
    import { tablesContract } from 'tidemark/testing';

    for (const { name, run } of tablesContract(() => ${tables})) {
      test(name, run);
    }
  `;
  const options = ['--test-reporter=tap', '--input-type=module', '--eval', program];
  const { status, stdout, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8' });
  return { status, report: stdout + stderr };
}

test('Node runs all cases, and they pass', { timeout: 60_000 }, () => {
  const { status, report } = runWithNode('memoryTables()');
  const count = tablesContract(() => memoryTables()).length;
  expect(report).toContain(`# pass ${count}\n# fail 0\n`);
  expect(status).toBe(0);
});

test('Node names the cases that fail, and what differs', { timeout: 60_000 }, () => {
  const { status, report } = runWithNode('({ ...memoryTables(), get: async () => undefined })');
  const name = 'put: an item that was put is what a strong read gets, at once';
  expect(report).toMatch(new RegExp(`^not ok \\d+ - ${name}$`, 'm'));
  expect(report).toContain(`${name}: Expected values to be strictly deep-equal`);
  expect(status).toBe(1);
});
