/** Orders as rows of an SQLite file: the form of a projection that writes wherever it likes, and still counts each event once. */
import { DatabaseSync } from 'node:sqlite';
import { type BatchInfo, defineHandler, type EventOf, type HandlerProjection } from 'tidemark';
import { ORDERS, type OrderEvents, orderEvents, orderIdOf, toldOf } from './events.ts';

export interface OrderRows {
  readonly projection: HandlerProjection;
  close(): void;
}

/**
 * Rows and the checkpoint are of a build, so that a rebuild fills its own beside those that are read: `GET /projections` says which
 * one is live. Those that were replaced are left for whoever owns the file.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS orders (
    build TEXT NOT NULL,
    order_id TEXT NOT NULL,
    customer_id TEXT,
    total_cents INTEGER,
    status TEXT NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (build, order_id)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS checkpoints (build TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT;
`;

const PLACE = `
  INSERT INTO orders VALUES ($build, $orderId, $customerId, $totalCents, 'placed', 1)
  ON CONFLICT DO UPDATE SET
    customer_id = excluded.customer_id, total_cents = excluded.total_cents, status = 'placed', events = events + 1
`;
const SHIP = `
  INSERT INTO orders VALUES ($build, $orderId, NULL, NULL, 'shipped', 1)
  ON CONFLICT DO UPDATE SET status = 'shipped', events = events + 1
`;
const CHECKPOINT = 'SELECT position FROM checkpoints WHERE build = ?';
const MOVE = 'INSERT INTO checkpoints VALUES (?, ?) ON CONFLICT DO UPDATE SET position = excluded.position';

/** How long a write waits for that of another process: they take milliseconds. */
const BUSY_MS = 5_000;

/** @param file is made where it is not there */
export function orderRows(file: string): OrderRows {
  const database = new DatabaseSync(file, { timeout: BUSY_MS });
  database.exec(SCHEMA);
  return {
    projection: defineHandler({
      name: 'order-rows',
      version: 1,
      events: orderEvents,
      category: ORDERS,
      types: ['OrderPlaced', 'OrderShipped'],
      checkpoint: (build) => keptPosition(database, build),
      handle: (events, batch) => inTransaction(database, () => writeRows(database, events, batch)),
    }),
    close: () => database.close(),
  };
}

/**
 * The batch may have been written already: by this process, where its answer was lost, or by another one that runs the same
 * projection. The position that stands beside the rows tells.
 */
function writeRows(
  database: DatabaseSync,
  events: readonly EventOf<OrderEvents>[],
  { build, position }: BatchInfo,
): void {
  const kept = keptPosition(database, build);
  const place = database.prepare(PLACE);
  const ship = database.prepare(SHIP);
  for (const event of events.filter((one) => one.position > kept)) {
    const orderId = orderIdOf(event);
    if (event.type === 'OrderPlaced') {
      place.run({ build, orderId, ...toldOf(event.data) });
    } else {
      ship.run({ build, orderId });
    }
  }
  database.prepare(MOVE).run(build, Math.max(kept, position));
}

function keptPosition(database: DatabaseSync, build: string): number {
  return Number(database.prepare(CHECKPOINT).get(build)?.['position'] ?? 0);
}

/** Immediate: whoever reads the position is the one who writes it. */
function inTransaction(database: DatabaseSync, write: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    write();
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) {
      database.exec('ROLLBACK');
    }
    throw error;
  }
}
