import { setTimeout as delay } from 'node:timers/promises';
import { sequenceScan } from '../log/scan-events.ts';
import { sequenceRecords } from '../log/sequence-records.ts';
import { createSequencer, type Sequencer } from '../log/sequencer.ts';
import type { TableNames } from '../tables/definitions.ts';
import type { ReadContext } from '../tables/read-all.ts';
import type { Tables } from '../tables/tables.ts';
import { startStreamPoller } from './stream-poller.ts';

export interface LocalSequencerOptions {
  readonly endpoint: string;
  readonly names: TableNames;
  readonly tables: Tables;
  /** Is told what fails. Must not throw. */
  readonly reportError: (error: unknown) => void;
}

export interface LocalSequencer {
  /** Takes no more records, and waits for what is under way. */
  stop(): Promise<void>;
}

/**
 * The sequencer on this machine: what in AWS is a Lambda function that the stream of the Events table triggers.
 *
 * It begins with the oldest record that is there. Records older than 24 hours are gone, also on this machine, and a laptop sleeps
 * for longer than that; so it looks through the Events table once as well, beside its other work.
 */
export async function startLocalSequencer(options: LocalSequencerOptions): Promise<LocalSequencer> {
  const { endpoint, names, tables, reportError } = options;
  const context = { tables, delay: (ms: number) => delay(ms), random: Math.random };
  const sequencer = createSequencer(context);
  let isStopping = false;
  const mayGoOn = () => !isStopping;
  const poller = await startStreamPoller({
    endpoint,
    tableName: names.events,
    handler: ({ Records }) => sequenceRecords(sequencer, Records, { mayGoOn, reportError }),
    reportError,
  });
  const scanned = scan(context, sequencer, mayGoOn, reportError).catch(reportError);
  return {
    stop: async () => {
      isStopping = true;
      await Promise.all([poller.stop(), scanned]);
    },
  };
}

/** What is damaged is said at the end; it is no reason to stop. */
async function scan(
  context: ReadContext,
  sequencer: Sequencer,
  mayGoOn: () => boolean,
  reportError: (error: unknown) => void,
): Promise<void> {
  let found: ReadonlyMap<string, unknown> = new Map();
  for await (const { damaged } of sequenceScan(context, sequencer)) {
    found = damaged;
    if (!mayGoOn()) {
      break;
    }
  }
  for (const error of found.values()) {
    reportError(error);
  }
}
