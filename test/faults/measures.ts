/** Times and memory of a run, minute by minute. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Minute {
  /** How long each thing took, in milliseconds. */
  readonly times: Map<string, number[]>;
  /** Resident memory in MB, by process. */
  memory: ReadonlyMap<string, number>;
}

export class Measures {
  readonly minutes: Minute[] = [{ times: new Map(), memory: new Map() }];
  /** What failed, and how often. */
  readonly failures = new Map<string, number>();
  done = 0;

  took(what: string, ms: number): void {
    this.done += 1;
    this.waited(what, ms);
  }

  /** A time that nothing is done by. */
  waited(what: string, ms: number): void {
    const times = this.minutes.at(-1)?.times;
    const list = times?.get(what) ?? [];
    list.push(ms);
    times?.set(what, list);
  }

  failed(what: string): void {
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1);
  }

  async endMinute(pids: ReadonlyMap<string, number>): Promise<void> {
    const minute = this.minutes.at(-1);
    if (minute !== undefined) {
      minute.memory = await memoryOf(pids);
    }
    this.minutes.push({ times: new Map(), memory: new Map() });
  }

  /** A line for each minute that has ended, under a line of names. */
  table(): string[] {
    const ended = this.minutes.slice(0, -1);
    const times = [...new Set(ended.flatMap((minute) => [...minute.times.keys()]))].sort();
    const processes = [...new Set(ended.flatMap(({ memory }) => [...memory.keys()]))].sort();
    return [
      ['minute', ...times.map((name) => `${name} ms (n)`), ...processes.map((name) => `${name} MB`)].join(' | '),
      ...ended.map((minute, index) =>
        [
          index + 1,
          ...times.map(
            (name) => `${median(minute.times.get(name)).toFixed(1)} (${minute.times.get(name)?.length ?? 0})`,
          ),
          ...processes.map((name) => minute.memory.get(name)?.toFixed(0) ?? '–'),
        ].join(' | '),
      ),
    ];
  }
}

function median(values: readonly number[] = []): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function memoryOf(pids: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const names = new Map([...pids].map(([name, pid]) => [pid, name]));
  const options = ['-o', 'pid=', '-o', 'rss=', '-p', [...pids.values()].join(',')];
  // A process that has just ended is no reason to fail.
  const { stdout } = await promisify(execFile)('ps', options).catch(() => ({ stdout: '' }));
  return new Map(
    [...stdout.matchAll(/(\d+) +(\d+)/g)].flatMap(([, pid, kilobytes]) => {
      const name = names.get(Number(pid));
      return name === undefined ? [] : [[name, Number(kilobytes) / 1_024]];
    }),
  );
}
