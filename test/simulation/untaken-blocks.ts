// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are lines of source code
/**
 * Blocks of the protocol's code that the simulation does not take, and why: each as its file, its function and its first line, as
 * `coverage.ts` names it.
 */

/** Blocks that cannot be taken here: one that is taken stands here wrongly. */
export const UNTAKEN: Readonly<Record<string, readonly string[]>> = {
  'Nothing that is stored is damaged or deleted here. test/attack and test/verify do that, and lib/testing/log-contract/damage.ts.':
    [
      'lib/log/sequencer.ts oneTurn: wanted.giveUp(streamId);',
      "lib/log/sequencer.ts moved: const reason = 'its mark does not cover a commit, but another mark covers one that was appended together with it';",
      "lib/log/sequencer.ts giveUpStuck: const reason = 'it waits for a stream that it was appended together with, which is damaged';",
      'lib/log/sequencer.ts giveUp: function giveUp({ wanted, damaged }: Run, streamId: string, error: TidemarkError): void {',
      'lib/log/pending.ts readNeeds: 0',
      'lib/log/pending.ts readNeeds: return;',
      'lib/log/pending.ts marksOfStreams: damaged.set(streamId, found);',
      'lib/log/pending.ts readPending: && commits.length === 0',
      'lib/log/pending.ts readPending: reading.damaged.set(streamId, damage);',
      'lib/log/pending.ts damageOf: return error;',
      'lib/log/pending.ts withoutHole: throw new MissingCommit(streamId, from);',
      'lib/log/pending.ts withoutHole: commits.slice(0, hole)',
      'lib/log/tail.ts decoded: catch (error) {',
      'lib/log/scan-events.ts sequenceScan: damaged.set(streamId, error);',
      'lib/log/scan-events.ts readable: catch (error) {',
      'lib/store/earlier.ts readCommit: throw new MissingCommit(streamId, version);',
      'lib/aggregates/aggregate.ts evolved: throw new MissingCommit(stream.streamId, stream.version + 1);',
    ],
  'The tables in memory show all items of a transaction at once. lib/testing/log-contract/sequencing.ts has one that does not.':
    [
      'lib/log/pending.ts readCommits: await context.delay(backoffMs(context.random, attempt, BACKOFF_MS_MIN, BACKOFF_MS_MAX));',
    ],
  'No input is bad, and nothing is too large: test/store, test/projections and test/aggregates have what is.': [
    'lib/store/append-many.ts appendMany: const message = `needs ${items} items, keys included; one transaction has at most ${TRANSACTION_ITEMS_MAX}`;',
    'lib/store/append-many.ts requireOneEntry: const message = `have stream ids and event types of ${bytes} bytes; one entry of the log has at most ${ENTRY_REFERENCES_BYTES_MAX}`;',
    "lib/store/append-many.ts checkAppends: throw new InvalidArgument([{ path: 'appends', message: 'must be a list of at least one stream to append to' }]);",
    'lib/store/append-many.ts checkAppends: const message = `names stream ${quote(streamId)} a second time; put its events together`;',
    'lib/store/write-commits.ts requireTransactionSize: const streamIds = requests.map(({ commit }) => commit.streamId);',
    'lib/projections/document-step.ts applyDocuments: && keyed.events.length === 0',
    "lib/projections/document-step.ts applyDocuments: return { kind: 'failed', failed: keyed.failed };",
    'lib/projections/document-step.ts keyEvents: catch (error) {',
    "lib/projections/document-step.ts checkedKey: throw new InvalidArgument([{ path: 'key', message: `${issue}; it is what the projection made of the event` }]);",
    'lib/projections/handler-step.ts readableEvents: catch (error) {',
    'lib/projections/handler-step.ts applyAlone: catch (error) {',
    'lib/projections/fold.ts foldBatch: const failed = failedAlone(events, tooLarge);',
    'lib/projections/fold.ts foldBatch: // Not even that it is set aside can be stored with its document.',
    'lib/projections/fold.ts failedAlone: function failedAlone([first]: readonly KeyedEvent[], error: unknown): FailedEvent | undefined {',
    'lib/projections/fold.ts sizeError: new DocumentTooLarge(projection, key, bytes, ITEM_SIZE_BYTES_MAX)',
    'lib/projections/fold.ts evolved: throw new TypeError(`evolve.${event.type} has returned what is no JSON: ${issue.path} ${issue.message}`);',
    'lib/projections/fold.ts messageOf: String(error)',
    'lib/projections/redrive.ts applyParked: throw error;',
    "lib/aggregates/execute.ts write: return { kind: 'rejected', error };",
    'lib/aggregates/decide.ts requireOwnEvents: undefined',
    "lib/aggregates/decide.ts requireOwnEvents: const known = eventTypes.map(quote).join(', ');",
    'lib/aggregates/decide.ts requireOwnEvents: throw new InvalidEvent(issues);',
    'lib/aggregates/decide.ts withMetadata: undefined',
    'lib/aggregates/decide.ts withMetadata: return event;',
    'lib/aggregates/snapshots.ts writeSnapshot: throw new InvalidArgument(issues);',
    'lib/aggregates/snapshots.ts writeSnapshot: throw new RangeError(`The state has ${bytes} bytes; an item has at most ${ITEM_SIZE_BYTES_MAX}`);',
    'lib/aggregates/aggregate.ts evolvedBy: catch (cause) {',
    'lib/aggregates/aggregate.ts knownEvents: else if (!skipsUnknown) {',
    "lib/aggregates/process-manager.ts sinceIssues: [{ path: 'since', message: `${right}, not ${quote(since)}` }]",
    "lib/aggregates/process-manager.ts reactIssues: return [{ path: 'react', message: `must have a function for at least one event type, not be ${quote(react)}` }];",
    'lib/aggregates/process-manager.ts reactIssues: ([type, reaction]) => ({ path: `react.${type}`, message: `must be a function, not ${quote(reaction)}` })',
  ],
  'Nobody here loses 10 times in a row, or 40: runs have too few processes for it. test/log/sequencer-bounds.test.ts, test/aggregates/contention.test.ts and lib/testing/store-contract have those who do.':
    [
      'lib/log/sequencer.ts afterLoss: throw new SequencerContention(losses);',
      'lib/store/write-commits.ts writeCommits: .commit',
      'lib/store/earlier.ts keepUnchanged: throw new AppendContention(streamId, APPEND_ATTEMPTS_MAX);',
      'lib/projections/builds.ts openBuild: throw new ProjectionContention(name, WRITE_ATTEMPTS_MAX);',
      'lib/projections/work.ts commit: throw new Throttled(new Error(`the checkpoint of projection ${work.checkpoint.name} could not be written`));',
      'lib/projections/redrive.ts withCheckpoint: throw new ProjectionContention(name, WRITE_ATTEMPTS_MAX);',
      'lib/aggregates/execute.ts execute: new CommandContention(streamId, error.attempts)',
      'lib/aggregates/execute.ts decideAndAppend: break;',
      'lib/aggregates/execute.ts decideAndAppend: throw new CommandContention(streamId, COMMAND_ATTEMPTS_MAX);',
    ],
  'Options and calls that no process here makes use of.': [
    'lib/log/tail.ts readMark: async function readMark({ tables }: ReadContext, streamId: string): Promise<SequencedMark | undefined> {',
    "lib/store/append-many.ts appendMany: 'any'",
    'lib/projections/runner.ts openWork: .(buildName(work.checkpoint.build))',
    'lib/projections/runner.ts openWork: || own === work.checkpoint.position',
    'lib/projections/runner.ts openWork: ...work,',
    'lib/projections/work-through.ts workThrough: .({ build: buildName(work.checkpoint.build), position: work.checkpoint.position, head: work.head })',
    'lib/projections/work-through.ts recordFailure: .(failed, failure)',
    'lib/aggregates/decide.ts newEvents: made',
    'lib/aggregates/decide.ts withMetadata: ([, value]) => value !== undefined',
    'lib/aggregates/aggregate.ts knownEvents: event',
    'lib/aggregates/process-manager.ts defineProcessManager: Date.parse(since)',
    'lib/aggregates/process-manager.ts defineProcessManager: defineHandler<Events>(handler)',
    'lib/aggregates/process-manager.ts sinceIssues: && TIME.test(since)',
    'lib/aggregates/process-manager.ts sinceIssues: && !Number.isNaN(Date.parse(since))',
    'lib/aggregates/process-manager.ts sinceIssues: || isTime',
  ],
  'Each event of a projection here has a key; each type of event here is defined; and a reaction waits for all that it sends.':
    [
      'lib/projections/document-step.ts checkedKey: return undefined;',
      'lib/projections/fold.ts fold: undefined',
      'lib/aggregates/snapshots.ts shapeOf: null',
      'lib/aggregates/process-manager.ts reactTo: () => undefined',
    ],
  'A repeat asks for the same streams; and what is nothing to do is that in every state of a stream here.': [
    'lib/store/earlier.ts sameAppend: throw new IdempotencyConflict(commit.streamId, name);',
    "lib/store/earlier.ts earlierByKey: kind: 'changed-nothing', version: made.version }",
  ],
  'Only the types ask for these: whoever calls has made sure of it.': [
    'lib/projections/work.ts positionAfter: 0',
    "lib/projections/handler-step.ts applyToHandler: return { kind: 'applied', events: 0 };",
    'lib/projections/fold.ts draftUnder: emptyDocument(key)',
    "lib/aggregates/execute.ts resultOf: throw new Error('A command of one commit has written none');",
    // A command expects a state, so it is refused only by the commit that was found.
    'lib/aggregates/execute.ts afterConflict: basis',
    "lib/aggregates/snapshots.ts findSnapshot: ignored('corrupt')",
    // Of a transaction only the checkpoint has a condition, and contention here is that of the first item.
    "lib/projections/work.ts refusalOf: 'contended'",
  ],
};

/** Blocks that are taken so seldom that these seeds need not have them. */
export const SELDOM: readonly string[] = [
  'lib/projections/redrive.ts redriveDocument: undefined',
  'lib/projections/redrive.ts failureOf: failure }',
  'lib/projections/redrive.ts redriveEvent: // Another redrive was faster, or another build has taken over.',
  'lib/projections/redrive.ts eventAt: await context.delay(backoffMs(context.random, attempt, WRITE_BACKOFF_MS_MIN, WRITE_BACKOFF_MS_MAX));',
];
