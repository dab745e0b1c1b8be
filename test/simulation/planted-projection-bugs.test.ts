/** Each bug that is planted in projections is found, and the same seed without it finds nothing. */
import { expect, onTestFinished, test, vi } from 'vitest';
import type { ProjectionContext } from '../../lib/index.ts';
import type { DocumentMemory } from '../../lib/projections/document-memory.ts';
import { logSeed } from '../seed.ts';
import { firstSeedFor } from './known-seeds.ts';
import { NOTHING_PLANTED, type Plant } from './plant.ts';
import * as doubles from './projection-doubles.ts';
import { simulateSeeds } from './runs.ts';
import { simulateProjections } from './simulate-projections.ts';
import type { Guarantee } from './violation.ts';

logSeed();

/** Seeds within which each bug is found. */
const SEEDS_MAX = 3_000;

/** Which bug is planted in the code, where tables cannot play it. */
const planted = vi.hoisted(() => ({ bug: '' }));

vi.mock('../../lib/projections/builds.ts', async (original) => {
  const real = await original<typeof import('../../lib/projections/builds.ts')>();
  const takeOver: typeof real.takeOver = (context, entry, checkpoint, mayGoBack) =>
    real.takeOver(context, entry, checkpoint, planted.bug === 'taken over behind' || mayGoBack);
  return { ...real, takeOver };
});

vi.mock('../../lib/projections/work.ts', async (original) => {
  const real = await original<typeof import('../../lib/projections/work.ts')>();
  const kept = new WeakMap<ProjectionContext, DocumentMemory>();
  const beginWork: typeof real.beginWork = (context, ...parameters) => {
    const work = real.beginWork(context, ...parameters);
    const documents = planted.bug === 'memory kept' ? (kept.get(context) ?? work.documents) : work.documents;
    kept.set(context, documents);
    return { ...work, documents };
  };
  return { ...real, beginWork };
});

vi.mock('../../lib/projections/fold.ts', async (original) => {
  const real = await original<typeof import('../../lib/projections/fold.ts')>();
  const foldBatch: typeof real.foldBatch = (context, events, documents) => {
    const folded = real.foldBatch(context, events, documents);
    // What was set aside is forgotten with the next event of its key.
    const isForgotten = planted.bug === 'not parked behind';
    return isForgotten
      ? real.foldBatch(context, events, new Map([...documents].map(([key, one]) => [key, { ...one, parked: [] }])))
      : folded;
  };
  return { ...real, foldBatch };
});

interface PlantedBug {
  readonly name: string;
  readonly breaks: readonly Guarantee[];
  readonly plant?: Plant;
  readonly bug?: string;
}

const DOCUMENTS: Guarantee = 'documents are what the log says';
const BACK: Guarantee = 'readers of documents never go back';
const END: Guarantee = 'projections get to the end';
const OLD: Guarantee = 'nothing is left of old builds';

const BUGS: readonly PlantedBug[] = [
  {
    name: 'documents are written before their checkpoint, not with it',
    plant: { projection: doubles.checkpointAfterDocuments },
    breaks: [DOCUMENTS],
  },
  {
    name: 'the condition on the checkpoint is left out',
    plant: { projection: doubles.conditionLeftOut },
    breaks: [DOCUMENTS],
  },
  { name: 'a loser thinks that it won', plant: { projection: doubles.loserThinksItWon }, breaks: [DOCUMENTS] },
  {
    name: 'documents are read eventually',
    plant: { projection: doubles.documentsReadEventually },
    breaks: [DOCUMENTS],
  },
  {
    name: 'unprocessed keys are taken for missing documents',
    plant: { projection: doubles.unprocessedNotRead },
    breaks: [DOCUMENTS],
  },
  { name: 'documents are remembered after a lost race', bug: 'memory kept', breaks: [DOCUMENTS] },
  { name: 'a build takes over that is behind', bug: 'taken over behind', breaks: [BACK] },
  {
    name: 'a retired build is not told to its runner',
    plant: { projection: doubles.retiredNotTold },
    breaks: [OLD, END, DOCUMENTS],
  },
  { name: 'what was replaced is not removed', plant: { projection: doubles.nothingRemoved }, breaks: [OLD] },
  { name: 'what is parked is applied backward', plant: { projection: doubles.parkedBackward }, breaks: [DOCUMENTS] },
  { name: 'what is parked is not listed', plant: { projection: doubles.parkedNotListed }, breaks: [DOCUMENTS, END] },
  { name: 'later events are not parked behind it', bug: 'not parked behind', breaks: [DOCUMENTS] },
  { name: 'a reader does not see a switch', plant: { documentReader: doubles.switchNotSeen }, breaks: [BACK] },
];

test.each(BUGS)('found: $name', { timeout: 120_000 }, async ({ name, plant = NOTHING_PLANTED, bug = '', breaks }) => {
  onTestFinished(removeBug);
  planted.bug = bug;
  const firstSeed = firstSeedFor(name);
  const { broken, done } = await simulateSeeds(firstSeed, {
    seeds: SEEDS_MAX,
    plant,
    simulateOne: simulateProjections,
    isSought: ({ guarantee }) => breaks.includes(guarantee),
  });
  console.log(`${name}: found after ${done} seeds, with seed ${broken?.seed}`);
  expect(breaks).toContain(broken?.violation?.guarantee);
  removeBug();
  const { violation } = await simulateProjections(broken?.seed ?? firstSeed);
  expect(violation, 'the same seed without the bug').toBeUndefined();
});

function removeBug(): void {
  planted.bug = '';
}
