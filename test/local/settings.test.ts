import { expect, test } from 'vitest';
import { CannotStart } from '../../lib/local/cannot-start.ts';
import { readSettings } from '../../lib/local/settings.ts';

test('what is not said, or said to be empty, has a default', () => {
  const defaults = { port: 3000, inMemory: false, dataFolder: '.tidemark', dynamoDbEndpoint: undefined };
  expect(readSettings([], {})).toEqual(defaults);
  expect(readSettings([], { PORT: '', TIDEMARK_DATA: '', DYNAMODB_ENDPOINT: '' })).toEqual(defaults);
});

test('all of it can be said', () => {
  const environment = { PORT: '0', TIDEMARK_DATA: '/data', DYNAMODB_ENDPOINT: 'http://db:8000' };
  expect(readSettings(['--in-memory'], environment)).toEqual({
    port: 0,
    inMemory: true,
    dataFolder: '/data',
    dynamoDbEndpoint: 'http://db:8000',
  });
  expect(readSettings(['--help'], environment)).toBe('help');
});

test.each(['http', '-1', '3000.5', '65536', '0x10', '1e3', ' ', '٣'])('PORT=%j is refused', (PORT) => {
  expect(() => readSettings([], { PORT })).toThrow(
    new CannotStart(`PORT must be a whole number from 0 to 65535, but it is "${PORT}"`),
  );
});

test.each([
  ['--memory', "Unknown option '--memory'; there are --in-memory and --help"],
  ['--in-memory=yes', "Option '--in-memory' does not take an argument; there are --in-memory and --help"],
  ['memory', "Unexpected argument 'memory'; there are --in-memory and --help"],
])('%s is refused', (argument, line) => {
  expect(() => readSettings([argument], {})).toThrow(new CannotStart(line));
});
