/** What can be simulated, by its name on the command line. */
import type { Simulate } from './simulate.ts';
import { simulate } from './simulate.ts';
import { simulateProjections } from './simulate-projections.ts';
import { simulateSystem } from './simulate-system.ts';

export const WORLDS = { system: simulateSystem, log: simulate, projections: simulateProjections } as const;
export type WorldName = keyof typeof WORLDS;

/** @throws {RangeError} */
export function worldNamed(name: string): WorldName {
  if (!isWorldName(name)) {
    throw new RangeError(`--world must be one of ${Object.keys(WORLDS).join(', ')}, not "${name}"`);
  }
  return name;
}

function isWorldName(name: string): name is WorldName {
  return Object.hasOwn(WORLDS, name);
}

export function worldNameOf(simulateOne: Simulate): string {
  return Object.entries(WORLDS).find(([, one]) => one === simulateOne)?.[0] ?? '?';
}
