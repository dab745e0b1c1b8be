import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { main } from '../../bin/tidemark/main.ts';

let out: string;
let err: string;
beforeEach(() => {
  out = '';
  err = '';
  vi.stubEnv('DYNAMODB_ENDPOINT', '');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test.each([[['--help']], [['verify', '--help']], [['sequence', '--help']], [['tail', '--help']], [['help', 'tail']]])(
  'tidemark %j explains itself',
  async (args) => {
    expect(await main(args)).toBe(0);
    expect(out).toMatch(/^Usage: tidemark/);
    expect(err).toBe('');
  },
);

test.each([
  [[], 'Usage: tidemark'],
  [['repair'], "error: unknown command 'repair'"],
  [['verify', '--frm', '1'], "error: unknown option '--frm'"],
  [['verify', '--from', '0'], 'It must be a whole number from 1.'],
  [['verify', '--from', '1.5'], 'It must be a whole number from 1.'],
  [['verify', 'now'], 'too many arguments'],
  [['sequence'], "required option '--scan' not specified"],
  [['sequence', '--scan', '--after', '{"PK":1}'], 'It must be what an interrupted scan has said.'],
  [['sequence', '--scan', '--after', '{'], 'It must be what an interrupted scan has said.'],
  [['tail', '--after', '-1'], 'It must be a whole number from 0.'],
  [['tail', '--category', 'Order-1'], 'It must have no "-"'],
  [['tail', '--type', ''], 'It must have 1 to 128 characters, not 0.'],
  [['tail', '--endpoint', 'localhost:8000'], 'It must be a URL such as http://127.0.0.1:8000.'],
])('tidemark %j is refused, and nothing is done', async (args, message) => {
  expect(await main(args)).toBe(2);
  expect(err).toContain(message);
  expect(out).toBe('');
});
