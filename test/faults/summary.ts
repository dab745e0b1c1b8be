/** What is told of a run: while it runs, and at its end. */
import { projections } from '../../examples/orders/projections.ts';
import { memoryTables } from '../../lib/tables/memory-tables.ts';
import type { Run } from './begin.ts';
import { WRITERS } from './bounds.ts';
import { FAULTS_OWED } from './fault-plan.ts';
import { growthTable } from './measures.ts';

/** What each system runs. */
export const PROJECTIONS: readonly string[] = projections(memoryTables()).map(({ name }) => name);

export function progressLine({ measures, ledger, followers, proxy, kills }: Run, ms: number): string {
  const { once, maybe, never } = ledger.counts();
  return `${Math.round(ms / 1_000)} s: ${measures.done} done, ${once} acknowledged, ${maybe} unknown, ${never} refused; followers at ${followers.map(({ position }) => position).join(', ')}; ${sumOf(proxy.faults)} faults in ${proxy.requests} requests, ${sumOf(kills.counts)} kills`;
}

/** Faults and kills without which a run shows less than it says. */
export function neverHappened({ proxy, kills }: Run): string[] {
  const faults = FAULTS_OWED.filter((name) => !proxy.faults.has(name));
  const spared = [...kills.counts].flatMap(([name, count]) => (count === 0 ? [`kill -9 of ${name}`] : []));
  return [...faults, ...spared];
}

/** As short as a page. */
export function summaryOf(run: Run): string[] {
  const { seed, seconds, measures, proxy, kills, ledger, violations, errors, errorKinds } = run;
  return [
    `${WRITERS} writers, ${run.processes.systems.length} sequencers, ${PROJECTIONS.length} projections (${PROJECTIONS.join(', ')}), ${run.followers.length} followers`,
    ...growthTable(measures.growth(kills.spared)),
    ...faultTable(proxy.faults),
    `Kills: ${listOf(kills.counts)}`,
    `Failures that were told: ${listOf(measures.failures)}`,
    `Errors that were printed: ${listOf(errorKinds)}`,
    ...(violations.length === 0 ? [] : ['The last errors that were printed:', ...errors]),
    progressLine(run, seconds * 1_000),
    `${ledger.claims.size} appends and commands, ${ledger.repeats.length} repeats`,
    ...violations.map((what) => `VIOLATION: ${what}`),
    violations.length === 0 ? `Seed ${seed}: everything holds` : `Seed ${seed}: ${violations.length} violations`,
  ];
}

/** A line for each kind of fault: how often, and to which requests. */
function faultTable(faults: ReadonlyMap<string, number>): string[] {
  const kinds = Map.groupBy(faults, ([name]) => name.split(' ')[0]);
  return [...kinds]
    .sort(([, one], [, other]) => countOf(other) - countOf(one))
    .map(([kind, some]) => {
      const operations = new Map(some.map(([name, count]) => [name.replace(/^\S+ /, ''), count]));
      return `Fault ${kind}: ${countOf(some)} (${listOf(operations)})`;
    });
}

function countOf(counts: readonly (readonly [string, number])[]): number {
  return counts.reduce((sum, [, count]) => sum + count, 0);
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return countOf([...counts]);
}

function listOf(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name}: ${count}`)
    .join(', ');
}
