import { expect } from 'vitest';
import * as z from 'zod';
import { APPEND_OPERATIONS, createHttpApp, type HttpAppOptions, READ_OPERATIONS } from '../../lib/http/app.ts';
import { createEventStore, type EventStore, memoryTables, type NewEvent, type Tables } from '../../lib/index.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where there is none. */
  readonly body: unknown;
}

type RequestHeaders = Readonly<Record<string, string>>;

/** The HTTP API in memory. Each of its answers is checked against what its operation declares. */
export interface Api {
  readonly store: EventStore;
  /** What was reported as the server's fault. */
  readonly reported: unknown[];
  send(method: string, path: string, init?: RequestInit): Promise<Reply>;
  get(path: string, headers?: RequestHeaders): Promise<Reply>;
  append(streamId: string, events: readonly NewEvent[], headers?: RequestHeaders): Promise<Reply>;
  /** Appends with a body as it is written. */
  appendText(streamId: string, body: string | Uint8Array<ArrayBuffer>, headers?: RequestHeaders): Promise<Reply>;
}

export function createApi(tables: Tables = memoryTables(), options: HttpAppOptions = {}): Api {
  // Without delay: the bounded tries of an append need no time in memory.
  const store = createEventStore({ tables, delay: async () => {} });
  const reported: unknown[] = [];
  const app = createHttpApp(store, { ...clockOfItsOwn(), reportError: (error) => reported.push(error), ...options });
  const send: Api['send'] = async (method, path, init) => {
    const reply = await replyOf(await app.request(new Request(`http://localhost${path}`, { method, ...init })));
    checkDeclared(method, path, reply);
    return reply;
  };
  const appendText: Api['appendText'] = (streamId, body, headers) =>
    send('POST', streamPath(streamId), { body, headers: { 'Content-Type': 'application/json', ...headers } });
  return {
    store,
    reported,
    send,
    get: (path, headers = {}) => send('GET', path, { headers }),
    appendText,
    append: (streamId, events, headers) => appendText(streamId, JSON.stringify({ events }), headers),
  };
}

/** A clock that only moves while something waits, and then at once: a request that is held needs no time. */
export function clockOfItsOwn(): Required<Pick<HttpAppOptions, 'now' | 'delay'>> {
  let time = 0;
  return {
    now: () => time,
    delay: async (ms) => {
      time += ms;
    },
  };
}

export function streamPath(streamId: string): string {
  return `/streams/${encodeURIComponent(streamId)}`;
}

const Page = z.object({
  version: z.number(),
  events: z.array(z.object({ version: z.number(), data: z.unknown(), metadata: z.unknown() })),
  next: z.string().optional(),
});

/** The body of a read, for a test that looks into it. */
export function pageOf({ body }: Reply): z.infer<typeof Page> {
  return Page.parse(body);
}

const LogBody = z.object({
  events: z.array(
    z.object({ position: z.number(), streamId: z.string(), version: z.number(), type: z.string(), data: z.unknown() }),
  ),
  position: z.number(),
  head: z.number(),
});

/** The body of a read of the log, for a test that looks into it. */
export function logPageOf({ body }: Reply): z.infer<typeof LogBody> {
  return LogBody.parse(body);
}

const Refusal = z.object({ errors: z.array(z.object({ path: z.string(), message: z.string() })) });

/** The paths of the errors of a 400, in their order. */
export function errorPaths(reply: Reply): string[] {
  expect(reply).toMatchObject({ status: 400, body: { type: 'urn:tidemark:invalid-request' } });
  return Refusal.parse(reply.body).errors.map(({ path }) => path);
}

/** Follows `next` from a path to the end: the versions of the events of each page. */
export async function versionsOfPages(api: Api, path: string, pagesMax = 1_000): Promise<number[][]> {
  const pages: number[][] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    expect(pages.length, 'pages come to an end').toBeLessThan(pagesMax);
    const page = pageOf(await api.get(next));
    pages.push(page.events.map(({ version }) => version));
    next = page.next;
  }
  return pages;
}

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, text, body };
}

/** Every status is one that the operation declares, with the body and the headers that it declares for it. */
function checkDeclared(method: string, path: string, { status, headers, text, body }: Reply): void {
  const { pathname } = new URL(`http://localhost${path}`);
  const answers = answersOf(method, pathname);
  const answer = answers?.[status];
  if (answers === undefined) {
    expect([404, 405], 'what is no operation is answered so').toContain(status);
  } else {
    expect(answer, `${method} ${pathname} declares ${status}`).toBeDefined();
  }
  for (const name of Object.keys(answer?.headers ?? {})) {
    expect(headers.get(name), `${status} has the header ${name}`).not.toBeNull();
  }
  if (status >= 400) {
    expect(headers.get('Content-Type')).toBe('application/problem+json');
  }
  if (method === 'HEAD' || (answer !== undefined && answer.schema === undefined)) {
    expect(text).toBe('');
    return;
  }
  const checked = answer?.schema?.parse(body) ?? body;
  if (status >= 400) {
    // A schema leaves out what it does not declare.
    expect(body, 'a problem has the declared members and no others').toEqual(checked);
    expect(body).toMatchObject({ status, type: expect.stringMatching(/^urn:tidemark:[a-z-]+$/) });
  } else {
    expect(headers.get('Content-Type')).toBe('application/json');
  }
}

function answersOf(method: string, pathname: string) {
  const served = [...APPEND_OPERATIONS, ...READ_OPERATIONS];
  return served.find(
    (operation) =>
      operation.method === (method === 'HEAD' ? 'GET' : method) &&
      (operation.path === pathname || hasSamePlace(operation.path, pathname)),
  )?.answers;
}

/** Whether both are a stream, or both a document of a projection. */
function hasSamePlace(path: string, pathname: string): boolean {
  return [/^\/streams\/./, /^\/read-models\/[^/]+\/./].some((place) => place.test(path) && place.test(pathname));
}
