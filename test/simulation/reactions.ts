/** A process manager that keeps ledgers of accounts, and what its commands must be: each once for its event, and in their order. */
import { decodeCommit, recordedEvents } from '../../lib/events/stored-commit.ts';
import { defineProcessManager } from '../../lib/index.ts';
import type { HandlerProjection, OnError } from '../../lib/projections/definition.ts';
import type { ConditionalPut } from '../../lib/tables/tables.ts';
import { accountEvents, deposit } from '../aggregates/account.ts';
import { type Deposits, ledgerOf } from '../aggregates/ledger.ts';
import { BAD_CENTS } from './accounts.ts';
import type { handlersOf } from './command-caller.ts';
import type { Model } from './model.ts';

export const KEEPER = 'ledger-keeper';
/** For each deposit: of the same, and of one. */
const COMMANDS_OF_EACH = 2;

export interface KeeperOptions {
  readonly handlers: ReturnType<typeof handlersOf>;
  readonly version: number;
  readonly onError: OnError;
  readonly isMended: () => boolean;
}

/** Version 2 sends other amounts: of what was done already nothing changes. */
export function ledgerKeeper({ handlers, version, onError, isMended }: KeeperOptions): HandlerProjection {
  return defineProcessManager<Deposits>({
    name: KEEPER,
    version,
    onError,
    category: 'Account',
    events: accountEvents,
    react: {
      Deposited: async ({ streamId, data: { cents } }, send) => {
        const ledgerId = ledgerOf(streamId);
        await send(handlers(ledgerId), ledgerId, deposit(cents * version));
        if (cents === BAD_CENTS && !isMended()) {
          throw new Error('it brings no luck');
        }
        await send(handlers(ledgerId), ledgerId, deposit(version));
      },
    },
  });
}

interface Cause {
  readonly streamId: string;
  readonly version: number;
  readonly cents: number;
  readonly correlationId: string;
  /** Commands that it has caused. */
  commands: number;
}

export class ReactionModel {
  readonly #model: Model;
  readonly #causes = new Map<string, Cause>();
  /** Of each account, the version of the last event that was reacted to. */
  readonly #last = new Map<string, number>();

  constructor(model: Model) {
    this.#model = model;
  }

  written({ table, item }: ConditionalPut): void {
    if (table !== 'events') {
      return;
    }
    for (const { id, streamId, version, type, data, metadata } of recordedEvents(decodeCommit(item))) {
      const { causationId, correlationId = id } = metadata;
      const { cents } = Object(data);
      if (causationId !== undefined) {
        this.#caused(streamId, cents, String(causationId), String(correlationId));
      } else if (streamId.startsWith('Account-') && type === 'Deposited') {
        this.#causes.set(id, { streamId, version, cents, correlationId: String(correlationId), commands: 0 });
      }
    }
  }

  /** Once all is at rest. */
  checkAll(): void {
    for (const [id, { commands, streamId, version }] of this.#causes) {
      this.#require(commands === COMMANDS_OF_EACH, () => `${id} (${streamId}@${version}) has caused ${commands}`);
    }
  }

  #caused(streamId: string, cents: number, causationId: string, correlationId: string): void {
    const cause = this.#causes.get(causationId);
    if (cause === undefined) {
      this.#require(false, () => `${streamId} has a command of ${causationId}, which is no deposit`);
      return;
    }
    cause.commands += 1;
    const amounts = cause.commands === 1 ? [cause.cents, 2 * cause.cents] : [1, 2];
    const isRight =
      cause.commands <= COMMANDS_OF_EACH && amounts.includes(cents) && correlationId === cause.correlationId;
    const text = () => `command ${cause.commands} of ${causationId} is ${cents} on ${streamId}, of ${correlationId}`;
    this.#require(isRight && streamId === ledgerOf(cause.streamId), text);
    const last = this.#last.get(cause.streamId) ?? 0;
    this.#model.require(
      cause.commands > 1 || cause.version > last,
      'what follows from a stream is in its order',
      () => `${text()}: ${cause.streamId}@${cause.version} after ${last}`,
    );
    this.#last.set(cause.streamId, Math.max(last, cause.version));
  }

  #require(isTrue: boolean, detail: () => string): void {
    this.#model.require(isTrue, 'each event causes its commands once', detail);
  }
}
