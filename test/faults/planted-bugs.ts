/** Bugs of one line each that a run under faults finds. */
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  /** Stands once in the file. */
  readonly line: string;
  readonly instead: string;
}

export const PLANTED: readonly PlantedBug[] = [
  {
    name: 'an append whose answer was lost does not know its own commit, and appends once more',
    file: 'lib/store/earlier.ts',
    line: 'if (request !== undefined && found.commitId === request.commit.commitId) {',
    instead: "if (request !== undefined && found.commitId === '') {",
  },
  {
    name: 'the repeat of an idempotency key is not recognised',
    file: 'lib/store/append.ts',
    line: "key: { kind: 'KEY', name: idempotencyKey },",
    instead: "key: { kind: 'KEY', name: idempotencyKey + Math.random() },",
  },
  {
    name: 'the sequencer does not mark the tail before it plans',
    file: 'lib/log/sequencer.ts',
    line: "await markStreams(context, tail, 'stand');",
    instead: '',
  },
  {
    name: 'the sequencer keeps its marks when another one was faster',
    file: 'lib/log/sequencer.ts',
    line: 'memory.marks.forget();',
    instead: '',
  },
  {
    name: 'the commits of an appendMany are sequenced each by itself',
    file: 'lib/log/plan.ts',
    line: 'const unit = commit === undefined ? undefined : unitOf(queues, commit);',
    instead: 'const unit = commit === undefined ? undefined : [commit];',
  },
  {
    name: 'keys of a batch that were left unprocessed are forgotten',
    file: 'lib/tables/read-all.ts',
    line: 'left = unprocessed;',
    instead: 'left = [];',
  },
  {
    name: 'documents are written apart from their checkpoint',
    file: 'lib/projections/work.ts',
    line: 'const refusal = await refusalOf(context, [own, ...puts]);',
    instead:
      'for (const one of puts) { await context.tables.put(one); } const refusal = await refusalOf(context, [own]);',
  },
  {
    name: 'a checkpoint is written over whatever another runner has written',
    file: 'lib/projections/work.ts',
    line: 'const own = overRevision(encodeCheckpoint(checkpoint), revision);',
    instead: "const own: ConditionalPut = { table: 'state', item: encodeCheckpoint(checkpoint), over: 'any' };",
  },
  {
    name: 'a process manager sends its commands without the key of their event',
    file: 'lib/aggregates/reaction.ts',
    line: 'JSON.stringify([name, event.streamId, event.version, index])',
    instead: 'JSON.stringify([name, event.streamId, event.version, index, Math.random()])',
  },
];
