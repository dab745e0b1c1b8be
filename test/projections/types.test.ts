/** What does not fit a projection's events does not compile: `tsc` checks the expected errors here. */
import { expect, test } from 'vitest';
import { type DocumentDefinition, defineProjection, type EventOf } from '../../lib/projections/definition.ts';

interface Events {
  readonly Placed: { readonly cents: number };
  readonly Shipped: object;
}

interface Total {
  readonly cents: number;
}

const fitting: DocumentDefinition<Events, Total> = {
  name: 'totals',
  version: 1,
  key: (event) => (event.type === 'Placed' && event.data.cents > 0 ? event.streamId : undefined),
  initial: { cents: 0 },
  evolve: {
    Placed: ({ cents }, { data }) => ({ cents: cents + data.cents }),
    Shipped: () => undefined,
  },
};

test('a definition that fits its events is one', () => {
  expect(defineProjection(fitting).filter).toEqual({ types: ['Placed', 'Shipped'] });
});

test('names, data, missing cases and documents are checked when it is compiled', () => {
  const { evolve } = fitting;
  const wrong = [
    // @ts-expect-error: a case is missing
    { ...fitting, evolve: { Placed: evolve.Placed } } satisfies DocumentDefinition<Events, Total>,
    // @ts-expect-error: there is no such event
    { ...fitting, evolve: { ...evolve, Paid: evolve.Placed } } satisfies DocumentDefinition<Events, Total>,
    // @ts-expect-error: its data have no such member
    { ...fitting, evolve: { ...evolve, Shipped: (_: Total, event: EventOf<Events>) => event.data.cents } },
    // @ts-expect-error: it returns no such document
    { ...fitting, evolve: { ...evolve, Shipped: () => 'shipped' } } satisfies DocumentDefinition<Events, Total>,
  ];
  expect(wrong).toHaveLength(4);
});
