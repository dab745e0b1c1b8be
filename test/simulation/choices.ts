/** Who goes next. Choosing evenly rarely keeps one process waiting for as long as a deep bug needs, so there are other ways. */
import type { Prng } from './prng.ts';
import type { Choose, Process, Turn } from './scheduler.ts';

export const CHOICES = ['even', 'bursts', 'starving', 'priorities', 'held'] as const;
export type Choice = (typeof CHOICES)[number];

export function chooserOf(choice: Choice, prng: Prng): Choose {
  const choosers: { readonly [name in Choice]: () => Choose } = {
    even: () => (ready) => prng.pick(ready),
    bursts: () => bursts(prng),
    starving: () => starving(prng),
    priorities: () => priorities(prng),
    held: () => held(prng),
  };
  return choosers[choice]();
}

/** One process goes on for a while, as if it had the machine for itself. */
function bursts(prng: Prng): Choose {
  const goesOn = prng.pick([0.8, 0.95]);
  let last: Process | undefined;
  return (ready) => {
    const same = prng.chance(goesOn) ? ready.filter(({ process }) => process === last) : [];
    const turn = prng.pick(same.length > 0 ? same : ready);
    last = turn.process;
    return turn;
  };
}

/** One process hardly ever gets a turn; then it is another's lot. */
function starving(prng: Prng): Choose {
  let victim: Process | undefined;
  let left = 0;
  return (ready) => {
    if (left === 0) {
      victim = prng.pick(ready).process;
      left = prng.between(10, 200);
    }
    left -= 1;
    const others = prng.chance(0.01) ? [] : ready.filter(({ process }) => process !== victim);
    return prng.pick(others.length > 0 ? others : ready);
  };
}

/**
 * Whoever has the highest priority goes on until it has to wait or, now and then, drops behind all others: "A Randomized
 * Scheduler with Probabilistic Guarantees of Finding Bugs" (Burckhardt et al., 2010).
 */
function priorities(prng: Prng): Choose {
  const drops = prng.pick([0.01, 0.05]);
  const priority = new Map<Process, number>();
  let lowest = 0;
  const priorityOf = (process: Process) => {
    const known = priority.get(process) ?? prng.next();
    priority.set(process, known);
    return known;
  };
  return (ready) => {
    const highest = Math.max(...ready.map(({ process }) => priorityOf(process)));
    const turn = prng.pick(ready.filter(({ process }) => priorityOf(process) === highest));
    if (prng.chance(drops)) {
      lowest -= 1;
      priority.set(turn.process, lowest);
    }
    return turn;
  };
}

/** Single calls take very long, while all else goes on. */
function held(prng: Prng): Choose {
  const isHeld = prng.pick([0.02, 0.1]);
  const until = new Map<Turn, number>();
  let step = 0;
  return (ready) => {
    step += 1;
    const free = ready.filter((turn) => (until.get(turn) ?? 0) <= step);
    const turn = prng.pick(free.length > 0 ? free : ready);
    if (free.length > 1 && prng.chance(isHeld)) {
      until.set(turn, step + prng.between(20, 200));
      return prng.pick(free.filter((other) => other !== turn));
    }
    return turn;
  };
}
