import { vi } from 'vitest';
import * as z from 'zod';

const Line = z.record(z.string(), z.unknown());

const Metrics = z.looseObject({
  service: z.string(),
  _aws: z.object({
    CloudWatchMetrics: z.tuple([
      z.object({
        Namespace: z.string(),
        Dimensions: z.tuple([z.array(z.string())]),
        Metrics: z.array(z.object({ Name: z.string(), Unit: z.literal('Count') })),
      }),
    ]),
  }),
});

export interface CapturedOutput {
  /** All that was written, as it was written. */
  text(): string;
  /** The lines of the log, metrics left out. */
  lines(): z.infer<typeof Line>[];
  /** What was told of metrics: the namespace, the dimensions with their values, the metrics with theirs. */
  metrics(): { namespace: string; dimensions: Record<string, unknown>; values: Record<string, unknown> }[];
  clear(): void;
}

/** Captures what functions write, until mocks are restored: each line must be JSON, as CloudWatch Logs reads it. */
export function captureOutput(): CapturedOutput {
  let written = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      written += String(chunk);
      return true;
    });
  }
  const parsed = () =>
    written
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Line.parse(JSON.parse(line)));
  return {
    text: () => written,
    lines: () => parsed().filter((line) => !('_aws' in line)),
    metrics: () =>
      parsed()
        .filter((line) => '_aws' in line)
        .map((line) => {
          const [{ Namespace, Dimensions, Metrics: names }] = Metrics.parse(line)._aws.CloudWatchMetrics;
          return {
            namespace: Namespace,
            dimensions: Object.fromEntries(Dimensions[0].map((name) => [name, line[name]])),
            values: Object.fromEntries(names.map(({ Name }) => [Name, line[Name]])),
          };
        }),
    clear: () => {
      written = '';
    },
  };
}
