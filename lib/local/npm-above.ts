import { readFileSync } from 'node:fs';

/** The shells that npm may run a script with. */
const SHELLS = new Set(['sh', 'dash', 'ash', 'bash', 'zsh']);

/**
 * The id of the process that runs our script; another one once that has ended, and the system has adopted us. It is our
 * parent, or the parent of a shell between us: macOS' shell makes way for the last command, Debian's stays. Where
 * `/proc` is missing, as on macOS, it is our parent.
 */
export function npmAbove(): number {
  const parent = readProcess(process.ppid);
  return parent !== undefined && SHELLS.has(parent.name) ? parent.ppid : process.ppid;
}

/**
 * From `/proc/<pid>/stat`, such as `812 (npm start) S 811 …`: the name may have spaces and brackets itself
 * ("proc_pid_stat(5)").
 */
function readProcess(pid: number): { readonly name: string; readonly ppid: number } | undefined {
  try {
    const [, name = '', ppid] = /\((.*)\) \S+ (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return { name, ppid: Number(ppid) };
  } catch {
    return undefined;
  }
}
