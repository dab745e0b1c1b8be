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
  vi.spyOn(console, 'error').mockImplementation((text) => {
    err += `${text}\n`;
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

test.each([
  [['--help']],
  [['verify', '--help']],
  [['sequence', '--help']],
  [['tail', '--help']],
  [['help', 'tail']],
  [['cost', '--help']],
])('tidemark %j explains itself', async (args) => {
  expect(await main(args)).toBe(0);
  expect(out).toMatch(/^Usage: tidemark/);
  expect(err).toBe('');
});

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
  [['cost', '--events-per-day', '-1'], 'It must be a number from 0.'],
  [['cost', '--bytes-per-event', '20'], 'bytesPerEvent must be 50 to 400,000'],
  [['cost', '--events-per-append', '2000', '--bytes-per-event', '300'], 'bytes'],
  [['cost', '--price', 'gold=3'], 'There is no price gold; there are writeUnits, readUnits'],
  [['cost', '--price', 'readUnits=free'], 'It must be a number from 0.'],
  [['sequence', '--scan', '--after', '{"PK":"x","SK":"y"}'], 'It must be what an interrupted scan has said.'],
  [['sequence', '--scan', '--endpoint', ''], 'It must be a URL such as http://127.0.0.1:8000.'],
  [['tail', '--endpoint', 'localhost:8000'], 'It must be a URL such as http://127.0.0.1:8000.'],
])('tidemark %j is refused, and nothing is done', async (args, message) => {
  expect(await main(args)).toBe(2);
  expect(err).toContain(message);
  expect(out).toBe('');
});

test.each([
  [{ AWS_REGION: undefined }, 'AWS is not set up: Region is missing. --endpoint is'],
  [{ AWS_REGION: 'eu-central-1' }, 'AWS is not set up: Could not load credentials'],
])('without a region or credentials, it says so in one line', async (environment, message) => {
  const nowhere = {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
  const none = {
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_PROFILE: undefined,
    AWS_DEFAULT_REGION: undefined,
  };
  for (const [name, value] of Object.entries({ ...nowhere, ...none, ...environment })) {
    vi.stubEnv(name, value);
  }
  expect(await main(['tail'])).toBe(1);
  expect(err.trim().split('\n')).toEqual([expect.stringContaining(message)]);
});
