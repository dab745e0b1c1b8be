/** The run's end of a process that uses the library. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FromStore, type SeenEvent, type StoreRequest, type ToStore } from './store-messages.ts';
import type { Life } from './supervised-process.ts';

const PROCESS = fileURLToPath(new URL('store-process.ts', import.meta.url));

/** What became of a request; `failed` with the code `killed` where its process has ended meanwhile. */
export type StoreAnswer = Extract<FromStore, { readonly number: number }>;

export interface StoreHandle {
  request(request: StoreRequest): Promise<StoreAnswer>;
}

export interface StoreListeners {
  /** Where its follower is to begin. */
  readonly after: () => number;
  readonly onSeen: (events: readonly SeenEvent[]) => void;
  readonly onTrouble: (what: string) => void;
  readonly onError: (line: string) => void;
}

export function startStoreProcess(endpoint: string, listeners: StoreListeners): Life<StoreHandle> {
  const { after, onSeen, onTrouble, onError } = listeners;
  const child = fork(PROCESS, [endpoint], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  child.stderr?.on('data', (chunk) => onError(String(chunk)));
  const waiting = new Map<number, (answer: StoreAnswer) => void>();
  const tell = (message: ToStore) => child.send(message, () => undefined);
  let requests = 0;
  let isGone = false;
  const { promise: ready, resolve: setReady } = Promise.withResolvers<StoreHandle>();
  const handle: StoreHandle = {
    request: (request) =>
      new Promise((resolve) => {
        requests += 1;
        if (isGone) {
          resolve(killed(requests));
          return;
        }
        waiting.set(requests, resolve);
        tell({ kind: 'request', number: requests, request });
      }),
  };
  child.on('message', (message) => {
    const told = FromStore.parse(message);
    if (told.kind === 'ready') {
      tell({ kind: 'follow', after: after() });
      setReady(handle);
    } else if (told.kind === 'seen') {
      onSeen(told.events);
    } else {
      if (told.number < 0 && told.kind === 'failed') {
        onTrouble(`${told.code}: ${told.message}`);
      }
      waiting.get(told.number)?.(told);
      waiting.delete(told.number);
    }
  });
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  // What it said before it was killed comes before the end of the channel.
  const silent = new Promise<void>((resolve) => child.once('disconnect', resolve));
  const gone = Promise.all([exited, silent]).then(([how]) => {
    isGone = true;
    for (const [number, resolve] of waiting) {
      resolve(killed(number));
    }
    waiting.clear();
    return how;
  });
  return { child, ready, gone };
}

function killed(number: number): StoreAnswer {
  return { kind: 'failed', number, code: 'killed', message: 'The process was killed' };
}
