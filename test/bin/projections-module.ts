/** What the command line is told to load: a projection of which one event fails, as long as a file is not there. */
import { existsSync } from 'node:fs';
import { defineProjection } from '../../lib/projections/definition.ts';

interface Counted {
  readonly label: string;
}

function definition(name: string, onError: 'halt' | 'park') {
  return defineProjection<{ Counted: Counted }, { labels: readonly string[] }>({
    name,
    version: 1,
    onError,
    key: ({ streamId }) => streamId,
    initial: { labels: [] },
    evolve: {
      Counted: ({ labels }, { data: { label } }) => {
        if (label === 'bad' && !existsSync(process.env['MENDED'] ?? '')) {
          throw new Error('a label that cannot be counted');
        }
        return { labels: [...labels, label] };
      },
    },
  });
}

export const all = [definition('halting', 'halt'), definition('parking', 'park')];
