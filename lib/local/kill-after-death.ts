import { spawn } from 'node:child_process';

/**
 * Kills a process as soon as this one is gone, also after a `kill -9` of it: a shell waits for the end of a pipe that
 * only this process holds open. The function that is returned calls it off; call it when the process has ended, before
 * its id is given to another one. Where there is no `/bin/sh` nothing is waiting.
 */
export function killAfterMyDeath(pid: number): () => void {
  const shell = spawn('/bin/sh', ['-c', 'read -r line; kill -9 "$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  return () => {
    shell.kill('SIGKILL');
  };
}
