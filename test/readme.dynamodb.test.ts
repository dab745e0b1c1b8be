/** The README's first commands, run as they stand there, with the output that stands there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';

const START = section(readFileSync('README.md', 'utf8'), 'Start');
const [, ...BLOCKS] = blocksOf(START);

let data: string;
let ready: string;
let server: ReturnType<typeof spawn>;
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'tidemark-readme-'));
  const environment = { ...process.env, PORT: '0', TIDEMARK_DATA: data };
  server = spawn(process.execPath, ['bin/start.ts'], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  if (server.stdout === null) {
    throw new Error('The output of the server cannot be read');
  }
  for await (const line of createInterface({ input: server.stdout })) {
    ready = line;
    if (line.startsWith('Tidemark is ready')) {
      break;
    }
  }
});
afterAll(async () => {
  server.kill('SIGINT');
  await once(server, 'exit');
  rmSync(data, { recursive: true });
});

test('starting says what the README says', () => {
  const [said] = blocksOf(START);
  expect(said?.output.split('\n').at(-1)).toMatch(
    /^Tidemark is ready on http:\/\/127\.0\.0\.1:3000 \(DynamoDB at .*\)$/,
  );
  expect(ready).toMatch(/^Tidemark is ready on http:\/\/127\.0\.0\.1:\d+ \(DynamoDB at http.*, data in .*\)$/);
});

test('there are commands with output to run', () => {
  expect(BLOCKS.length).toBeGreaterThanOrEqual(4);
});

test.each(BLOCKS)('$command', async ({ command, output }) => {
  const [url = '', endpoint = ''] = ready.match(/http:\/\/[\d.:]+/g) ?? [];
  const here = command.replaceAll('http://127.0.0.1:3000', url).replace('npx node', process.execPath);
  const shell = spawn('sh', ['-c', here], { env: { ...process.env, DYNAMODB_ENDPOINT: endpoint } });
  let printed = '';
  shell.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await once(shell, 'close');
  expect(masked(printed)).toBe(masked(output));
});

/** A section of the second level, without those after it. */
function section(markdown: string, title: string): string {
  const [, rest = ''] = markdown.split(`\n## ${title}\n`);
  return rest.split('\n## ')[0] ?? '';
}

/** Commands and the output that stands below them. */
function blocksOf(markdown: string): { command: string; output: string }[] {
  const blocks = [...markdown.matchAll(/```(\w+)\n([\s\S]*?)```/g)];
  return blocks.flatMap(([, language, command = ''], index) => {
    const [, next, output = ''] = blocks[index + 1] ?? [];
    return language === 'sh' && next !== undefined && next !== 'sh' ? [{ command, output: output.trim() }] : [];
  });
}

/** Ids and times differ from run to run. */
function masked(text: string): string {
  return text
    .trim()
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
}
