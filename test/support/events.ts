import { createHash } from 'node:crypto';
import type { NewEvent } from '../../lib/index.ts';

export { noise, numbered } from '../../lib/testing/numbered-events.ts';

/** An event of about 300 bytes of JSON, as shops have them: some of it is alike from event to event, some is not. */
export function orderEvent(index: number): NewEvent {
  const number = (index * 2_654_435_761) % 1_000_000;
  return {
    type: index % 3 === 0 ? 'OrderPlaced' : 'OrderItemAdded',
    data: {
      orderId: '0b54c1f2-7a31-4f5e-9d1c-5a6b7c8d9e0f',
      customerId: `customer-${number}`,
      paymentId: createHash('sha256').update(String(index)).digest('hex').slice(0, 16),
      items: [
        {
          sku: `SKU-${(number * 7) % 99_991}`,
          quantity: 1 + (index % 5),
          priceCents: 999 + ((index * 13) % 5_000),
        },
        {
          sku: `SKU-${(number * 11) % 99_991}`,
          quantity: 2,
          priceCents: 1_999 + ((index * 17) % 5_000),
        },
      ],
      totalCents: 5_000 + ((index * 31) % 90_000),
      note: 'Leave it at the front door',
    },
  };
}

/** So many of them. */
export function orderEvents(count: number, from = 0): NewEvent[] {
  return Array.from({ length: count }, (_, index) => orderEvent(from + index));
}
