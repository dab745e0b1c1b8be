import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ItemValue } from '../../lib/events/item.ts';

/** Bytes stand in golden files as `{"base64": "…"}`. */
const itemValue: z.ZodType<ItemValue> = z.lazy(() =>
  z.union([
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.strictObject({ base64: z.base64() }).transform(({ base64 }) => new Uint8Array(Buffer.from(base64, 'base64'))),
    z.array(itemValue),
    z.record(z.string(), itemValue),
  ]),
);

const item = z.object({ PK: z.string(), SK: z.string() }).catchall(itemValue);

const unreadable = z.array(z.strictObject({ name: z.string(), item, reason: z.string() }));

const givenCommit = z.strictObject({
  after: z.strictObject({ streamId: z.string(), version: z.number(), lastCommit: z.number(), hash: z.string() }),
  commitId: z.string(),
  timestamp: z.string(),
  group: z.array(z.strictObject({ streamId: z.string(), version: z.number() })).optional(),
  events: z.array(
    z.strictObject({
      type: z.string(),
      data: z.unknown(),
      id: z.string().optional(),
      schemaVersion: z.number().optional(),
      metadata: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});

export type GivenCommit = z.infer<typeof givenCommit>;

const madeByKey = z.strictObject({ version: z.number(), hasCommit: z.boolean(), command: z.string().optional() });

const givenKey = z.strictObject({
  streamId: z.string(),
  key: z.strictObject({
    kind: z.enum(['KEY', 'COMMIT']),
    name: z.string(),
    command: z.string().optional(),
    isLasting: z.boolean().optional(),
  }),
  made: madeByKey,
  now: z.string().transform((time) => new Date(time)),
});

/** Everything but `given` is missing in an entry that is being added: see README.md. */
const commitFile = z.strictObject({
  commits: z.array(
    z.strictObject({
      name: z.string(),
      given: givenCommit,
      item: item.optional(),
      commit: z.unknown().optional(),
      events: z.unknown().optional(),
    }),
  ),
  unreadable,
});

const keyFile = z.strictObject({
  keys: z.array(
    z.strictObject({ name: z.string(), given: givenKey, item: item.optional(), made: madeByKey.optional() }),
  ),
  unreadable,
});

const reference = z.strictObject({
  streamId: z.string(),
  version: z.number(),
  count: z.number(),
  types: z.array(z.string()),
});

const entryFile = z.strictObject({
  entries: z.array(
    z.strictObject({
      name: z.string(),
      given: z.strictObject({
        after: z.strictObject({ position: z.number(), hash: z.string() }),
        commits: z.array(reference),
      }),
      item: item.optional(),
      entry: z.unknown().optional(),
    }),
  ),
  unreadable,
});

const markFile = z.strictObject({
  marks: z.array(
    z.strictObject({
      name: z.string(),
      given: z.strictObject({ streamId: z.string(), version: z.number(), position: z.number() }),
      item: item.optional(),
    }),
  ),
  unreadable,
});

const build = z.strictObject({ version: z.number(), run: z.number() });

const failure = z.strictObject({
  position: z.number(),
  eventId: z.string(),
  type: z.string(),
  message: z.string(),
  since: z.string(),
  attempts: z.number(),
  isHalted: z.boolean(),
});

/** A list of items, each beside what it is made of. */
function listOf<Given extends z.ZodType>(given: Given) {
  return z.array(z.strictObject({ name: z.string(), given, item: item.optional() }));
}

const projectionFile = z.strictObject({
  entries: listOf(
    z.strictObject({ name: z.string(), revision: z.number(), live: build, building: build.exactOptional() }),
  ),
  checkpoints: listOf(
    z.strictObject({
      name: z.string(),
      build,
      revision: z.number(),
      position: z.number(),
      updatedAt: z.string(),
      runner: z.string(),
      parked: z.number(),
      failure: failure.exactOptional(),
      isRetired: z.boolean(),
    }),
  ),
  documents: listOf(
    z.strictObject({
      projection: z.string(),
      build,
      document: z.strictObject({
        key: z.string(),
        json: z.string().optional(),
        position: z.number(),
        parked: z.array(z.number()),
      }),
    }),
  ),
  parked: listOf(
    z.strictObject({
      projection: z.string(),
      build,
      parked: z.strictObject({
        id: z.string(),
        key: z.string().exactOptional(),
        position: z.number(),
        type: z.string(),
        message: z.string(),
        since: z.string(),
      }),
    }),
  ),
  unreadable: z.array(
    z.strictObject({
      what: z.enum(['entry', 'checkpoint', 'document', 'parked']),
      name: z.string(),
      item,
      reason: z.string(),
    }),
  ),
});

const placeFile = z.strictObject({
  scans: listOf(
    z.strictObject({
      revision: z.number(),
      after: z.strictObject({ PK: z.string(), SK: z.string() }).exactOptional(),
      updatedAt: z.string(),
    }),
  ),
  verifications: listOf(
    z.strictObject({
      revision: z.number(),
      position: z.number(),
      hash: z.string(),
      damages: z.number(),
      updatedAt: z.string(),
    }),
  ),
  unreadable: z.array(
    z.strictObject({ what: z.enum(['scan', 'verification']), name: z.string(), item, reason: z.string() }),
  ),
});

export function readGoldenPlaces(file: string): z.infer<typeof placeFile> {
  return placeFile.parse(contentOf(file));
}

export function readGoldenProjections(file: string): z.infer<typeof projectionFile> {
  return projectionFile.parse(contentOf(file));
}

export function readGoldenEntries(file: string): z.infer<typeof entryFile> {
  return entryFile.parse(contentOf(file));
}

export function readGoldenMarks(file: string): z.infer<typeof markFile> {
  return markFile.parse(contentOf(file));
}

export function readGoldenCommits(file: string): z.infer<typeof commitFile> {
  return commitFile.parse(contentOf(file));
}

export function readGoldenKeys(file: string): z.infer<typeof keyFile> {
  return keyFile.parse(contentOf(file));
}

/** A value as it stands in a golden file. */
export function asGolden(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return { base64: Buffer.from(value).toString('base64') };
  }
  if (Array.isArray(value)) {
    return value.map(asGolden);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, asGolden(part)]))
    : value;
}

function contentOf(file: string): unknown {
  const content: unknown = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
  return content;
}
