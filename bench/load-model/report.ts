import type { Ceiling } from './ceilings.ts';
import type { LoadResult } from './run.ts';
import type { Scenario } from './scenarios.ts';

export const HEADERS = {
  ceilings: ['at the most', 'commits a second', 'because of'],
  scenarios: [
    'appended a second',
    'with',
    'put into the log',
    'behind by, median – 99 of 100',
    'commits an entry',
    'entries lost to others',
    'sequencer busy',
    'State partition',
    'log partition',
    'projected events',
  ],
} as const;

export function ceilingRow({ what, perSecond, how }: Ceiling): string[] {
  return [what, whole(perSecond), how];
}

export function scenarioRow({ name, load }: Scenario, result: LoadResult): string[] {
  return [
    whole(load.commitsPerSecond),
    name,
    whole(result.sequencedPerSecond),
    `${seconds(result.lagMs)} – ${seconds(result.lag99Ms)}`,
    whole(result.commitsPerEntry),
    percent(result.lost),
    percent(result.sequencerBusy),
    percent(result.stateWrites),
    percent(result.logWrites),
    whole(result.projectedPerSecond),
  ];
}

export function markdown(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  return [headers, headers.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function whole(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
