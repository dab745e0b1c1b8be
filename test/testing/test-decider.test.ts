import { AssertionError } from 'node:assert/strict';
import { expect, test } from 'vitest';
import { testDecider } from '../../lib/testing/index.ts';
import { account, close, deposit, withdraw } from '../aggregates/account.ts';

const saved = (cents: number) => ({ type: 'Deposited', data: { cents, purpose: 'saving' } }) as const;
const drawn = (cents: number) => ({ type: 'Withdrawn', data: { cents } }) as const;

test('what holds passes', () => {
  testDecider(account).when(deposit(5, 2)).thenEvents(saved(5), saved(5));
  testDecider(account).given(saved(5)).when(withdraw(5)).thenEvents(drawn(5));
  testDecider(account)
    .given(saved(5))
    .when(withdraw(2))
    .thenState({ cents: 3, isClosed: false, purposes: ['saving'] });
  testDecider(account)
    .given(saved(5))
    .given(drawn(1))
    .thenState({ cents: 4, isClosed: false, purposes: ['saving'] });
  testDecider(account).given({ type: 'Closed', data: {} }).when(close).thenNothing();
  testDecider(account).given(saved(5)).when(withdraw(6)).thenRejected('not-enough');
  testDecider(account).given(saved(5)).when(withdraw(6)).thenRejected('not-enough', '5 cents');
});

test('one beginning serves several tests, none of which changes it', () => {
  const begun = testDecider(account).given(saved(5));
  begun.when(withdraw(5)).thenEvents(drawn(5));
  begun.given(drawn(5)).when(withdraw(5)).thenRejected('not-enough');
  begun.when(withdraw(5)).thenEvents(drawn(5));
});

const begun = testDecider(account).given(saved(5));
test.each<[string, () => void, RegExp]>([
  ['other data', () => begun.when(withdraw(5)).thenEvents(drawn(4)), /events of Withdraw.*cents: 5.*cents: 4/s],
  ['an event less', () => begun.when(deposit(1, 2)).thenEvents(saved(1)), /events of Deposit/],
  ['no event', () => begun.when(deposit(1)).thenNothing(), /events of Deposit/],
  ['an event instead of none', () => begun.when(close).thenEvents(), /events of Close.*Closed/s],
  ['another id', () => begun.when(withdraw(5)).thenEvents({ ...drawn(5), id: 'e' }), /events of Withdraw.*id: 'e'/s],
  [
    'other metadata',
    () => begun.when(withdraw(5)).thenEvents({ ...drawn(5), metadata: { userId: 'u' } }),
    /events of Withdraw.*userId/s,
  ],
  ['another state', () => begun.thenState({ cents: 6, isClosed: false, purposes: ['saving'] }), /state.*cents: 5/s],
  [
    'another state after a command',
    () => begun.when(withdraw(1)).thenState({ cents: 6, isClosed: false, purposes: ['saving'] }),
    /state.*cents: 4/s,
  ],
  [
    'accepted instead of rejected',
    () => begun.when(withdraw(5)).thenRejected('not-enough'),
    /Withdraw was expected to be rejected \(not-enough\), but made Withdrawn/,
  ],
  ['another reason', () => begun.when(withdraw(6)).thenRejected('closed'), /The reason of .*not-enough/s],
  ['another message', () => begun.when(withdraw(6)).thenRejected('not-enough', 'euros'), /message of the rejection/],
])('%s is a difference that is shown', (_, check, message) => {
  expect(check).toThrow(AssertionError);
  expect(check).toThrow(message);
});

test('rejected instead of accepted: the rejection says why', () => {
  const check = () => begun.when(withdraw(6)).thenEvents(drawn(6));
  expect(check).toThrow(/Withdraw was expected to be accepted, but: There are 5 cents/);
});

test('an error that is no rejection is thrown as it is', () => {
  const failing: typeof account = {
    ...account,
    decide: () => {
      throw new TypeError('a mistake');
    },
  };
  expect(() => testDecider(failing).when(close).thenRejected('closed')).toThrow(TypeError);
  expect(() => testDecider(failing).when(close).thenNothing()).toThrow(/a mistake/);
});

test('a function that changes what it is given is found out', () => {
  const evolve: typeof account.evolve = (state) => Object.assign(state, { cents: 1 });
  expect(() =>
    testDecider({ ...account, evolve })
      .given(saved(1), saved(1))
      .thenState(account.initialState),
  ).toThrow(TypeError);
  const decide: typeof account.decide = (state) => {
    Object.assign(state, { cents: 1 });
    return [];
  };
  expect(() =>
    testDecider({ ...account, decide })
      .when(close)
      .thenNothing(),
  ).toThrow(TypeError);
});

test('events that cannot be stored are found out', () => {
  const decide: typeof account.decide = () => [saved(Number.NaN)];
  expect(() =>
    testDecider({ ...account, decide })
      .when(close)
      .thenEvents(saved(1)),
  ).toThrow(/events\[0\].data.cents must be a finite number/);
});
