/** That the linter keeps the layers apart: each layer with an import that it must not have, and with those that it may. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const BIOME = resolve('node_modules/.bin/biome');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-layers-'));
  cpSync('biome.json', join(folder, 'biome.json'));
  execFileSync('git', ['init', '-q'], { cwd: folder });
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(file: string, text: string): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** What a rule of the linter says of files. */
function lint(rule: string, ...files: readonly string[]): string {
  const options = ['lint', `--only=${rule}`, ...files];
  const { stdout, stderr } = spawnSync(process.execPath, [BIOME, ...options], { cwd: folder, encoding: 'utf8' });
  return stdout + stderr;
}

/** What the linter says of a file with one import. */
function lintImport(file: string, imported: string): string {
  write(file, `import { thing } from '${imported}';\n\nexport const other = thing;\n`);
  return lint('style/noRestrictedImports', file);
}

test.each([
  ['lib/events/x.ts', '../tables/tables.ts'],
  ['lib/events/x.ts', 'zod'],
  ['lib/tables/x.ts', '../store/read.ts'],
  ['lib/tables/x.ts', 'hono'],
  ['lib/log/x.ts', '../store/read.ts'],
  ['lib/log/x.ts', '@aws-sdk/client-dynamodb'],
  ['lib/verify/x.ts', '../store/read.ts'],
  ['lib/store/x.ts', '../verify/verify.ts'],
  ['lib/store/x.ts', '../http/app.ts'],
  ['lib/store/x.ts', '@aws-sdk/client-dynamodb'],
  ['lib/cost/x.ts', '../store/read.ts'],
  ['lib/cost/x.ts', '@aws-sdk/client-dynamodb'],
  ['lib/aggregates/x.ts', '../http/app.ts'],
  ['lib/aggregates/x.ts', 'zod'],
  ['lib/projections/x.ts', '../aggregates/decider.ts'],
  ['lib/store/x.ts', '../aggregates/decider.ts'],
  ['lib/http/x.ts', '../local/start.ts'],
  ['lib/http/x.ts', '../../lambdas/read.ts'],
  ['lib/http/x.ts', '@aws-sdk/client-dynamodb'],
  ['lib/store/x.ts', 'aws-cdk-lib'],
  ['lib/infrastructure/x.ts', '../store/read.ts'],
  ['lib/infrastructure/x.ts', '../tables/dynamodb-tables.ts'],
  ['lib/infrastructure/x.ts', '@aws-sdk/client-dynamodb'],
  ['bin/x.ts', 'aws-cdk-lib'],
  ['lambdas/x.ts', 'aws-cdk-lib/aws-lambda'],
  ['lib/testing/x.ts', 'aws-cdk-lib'],
  ['lib/testing/x.ts', 'vitest'],
  ['lib/testing/x.ts', '../index.ts'],
  ['lib/testing/x.ts', '../http/app.ts'],
  ['lib/testing/tables-contract/x.ts', 'fast-check'],
  ['lib/testing/tables-contract/x.ts', '../../local/start.ts'],
])('%s may not import %s', (file, imported) => {
  expect(lintImport(file, imported)).toContain('lint/style/noRestrictedImports');
});

test.each([
  ['lib/events/x.ts', './errors.ts'],
  ['lib/events/x.ts', 'node:crypto'],
  ['lib/tables/x.ts', '../events/item.ts'],
  ['lib/tables/x.ts', '@aws-sdk/client-dynamodb'],
  ['lib/log/x.ts', '../tables/tables.ts'],
  ['lib/store/x.ts', '../tables/tables.ts'],
  ['lib/verify/x.ts', '../log/log-entry.ts'],
  ['lib/store/x.ts', '../log/read-log.ts'],
  ['lib/store/x.ts', 'node:timers/promises'],
  ['lib/cost/x.ts', '../log/log-entry.ts'],
  ['lib/aggregates/x.ts', '../store/earlier.ts'],
  ['lib/aggregates/x.ts', '../projections/definition.ts'],
  ['lib/http/x.ts', '../store/event-store.ts'],
  ['lib/http/x.ts', 'hono/aws-lambda'],
  ['lambdas/x.ts', '../lib/http/app.ts'],
  ['lib/infrastructure/x.ts', 'aws-cdk-lib/aws-lambda'],
  ['lib/infrastructure/x.ts', 'constructs'],
  ['lib/infrastructure/x.ts', '../tables/definitions.ts'],
  ['bin/app.ts', 'aws-cdk-lib'],
  ['lib/testing/x.ts', '../projections/definition.ts'],
  ['lib/testing/tables-contract/x.ts', 'node:assert/strict'],
  ['lib/testing/tables-contract/x.ts', '../contract.ts'],
  ['lib/testing/tables-contract/x.ts', '../../tables/tables.ts'],
])('%s may import %s', (file, imported) => {
  expect(lintImport(file, imported)).not.toContain('noRestrictedImports');
});

test('nothing imports what imports it, not even types', () => {
  write('lib/store/one.ts', "import type { Other } from './other.ts';\n\nexport type One = Other | 1;\n");
  write('lib/store/other.ts', "import type { One } from './one.ts';\n\nexport type Other = One[];\n");
  expect(lint('suspicious/noImportCycles', 'lib')).toContain('This import is part of a cycle');
});
