/** An HTTP proxy in front of DynamoDB: requests go through it, and some of them suffer. */
import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../../lib/local/wait-until.ts';
import { LATE_MS_MAX, POLL_MS } from './bounds.ts';
import { type Fault, type FaultPlan, faultName } from './fault-plan.ts';

export interface FaultProxy {
  /** Where to send requests instead of to DynamoDB. */
  readonly endpoint: string;
  readonly requests: number;
  /** How often each fault happened: `lost PutItem`. */
  readonly faults: ReadonlyMap<string, number>;
  /** No more faults; resolves when the last late request is through. */
  calm(): Promise<void>;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A whole request, as it came. */
interface Received {
  readonly message: IncomingMessage;
  readonly operation: string;
  readonly body: Buffer;
}

/** @param target the endpoint of DynamoDB at this moment; it may start anew somewhere else */
export async function startFaultProxy(target: () => string, plan: FaultPlan): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const faults = new Map<string, number>();
  let requests = 0;
  let underWay = 0;
  const handle = async (message: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await message.toArray());
    const operation = String(message.headers['x-amz-target']).replace(/^.*\./, '');
    const received: Received = { message, operation, body };
    const fault = plan.next(operation);
    requests += 1;
    if (fault !== undefined) {
      const name = faultName(fault.kind, operation);
      faults.set(name, (faults.get(name) ?? 0) + 1);
    }
    await suffer(received, response, fault, (what) => forward(agent, target(), received, what));
  };
  const server = createServer((message, response) => {
    underWay += 1;
    // Who was cut off, or whose DynamoDB is gone, sees his connection end.
    handle(message, response)
      .catch(() => message.socket.destroy())
      .finally(() => {
        underWay -= 1;
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    get requests() {
      return requests;
    },
    faults,
    calm: async () => {
      plan.end();
      const lateUntil = performance.now() + LATE_MS_MAX;
      await waitUntil(() => underWay === 0 || performance.now() > lateUntil, {
        limitMs: 2 * LATE_MS_MAX,
        pollMs: POLL_MS,
      });
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      agent.destroy();
    },
  };
}

async function suffer(
  received: Received,
  response: ServerResponse,
  fault: Fault | undefined,
  ask: (body: Buffer) => Promise<Answer>,
): Promise<void> {
  const { message, body } = received;
  if (fault === undefined) {
    send(response, await ask(body));
    return;
  }
  await delay(fault.beforeMs);
  switch (fault.kind) {
    case 'throttled':
      return sendError(response, 400, 'ProvisionedThroughputExceededException');
    case 'failed':
      return sendError(response, 500, 'InternalServerError');
    case 'conflict':
      return sendConflict(response, received);
    case 'reset':
      message.socket.resetAndDestroy();
      return;
    case 'lost':
      await ask(body);
      message.socket.resetAndDestroy();
      return;
    case 'failed-after':
      await ask(body);
      return sendError(response, 500, 'InternalServerError');
    case 'cut':
      return cut(message, response, await ask(body));
    case 'unprocessed':
      return send(response, await askForSome(body, received.operation, ask));
    case 'delayed':
    case 'late': {
      const answer = await ask(body);
      await delay(fault.afterMs);
      return send(response, answer);
    }
  }
}

/** Goes on when the sender is gone: whatever has begun takes effect. */
async function forward(agent: Agent, target: string, { message }: Received, body: Buffer): Promise<Answer> {
  const { host: _, connection: __, 'content-length': ___, ...headers } = message.headers;
  const outgoing = request(target, {
    method: message.method ?? 'POST',
    headers: { ...headers, 'content-length': body.length },
    agent,
  });
  outgoing.end(body);
  const [incoming]: IncomingMessage[] = await once(outgoing, 'response');
  if (incoming === undefined) {
    throw new Error('There is no answer');
  }
  return {
    status: incoming.statusCode ?? 500,
    headers: incoming.headers,
    body: Buffer.concat(await incoming.toArray()),
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, contentHeaders(headers, body));
  response.end(body);
}

function cut(message: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, contentHeaders(headers, body));
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => message.socket.destroy());
}

function contentHeaders(headers: IncomingHttpHeaders, body: Buffer): Record<string, string | number> {
  const kept = ['content-type', 'x-amzn-requestid', 'x-amz-crc32'].flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  return { ...Object.fromEntries(kept), 'content-length': body.length };
}

function sendError(response: ServerResponse, status: number, type: string, rest: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(
    JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: `${type} of the proxy`, ...rest }),
  );
}

/** As DynamoDB refuses a write while a transaction has one of its items; which one is as good as chance. */
function sendConflict(response: ServerResponse, { operation, body }: Received): void {
  if (operation === 'PutItem') {
    sendError(response, 400, 'TransactionConflictException');
    return;
  }
  const { TransactItems: items }: { TransactItems: unknown[] } = JSON.parse(body.toString());
  const conflict = body.length % items.length;
  sendError(response, 400, 'TransactionCanceledException', {
    CancellationReasons: items.map((_, index) => ({ Code: index === conflict ? 'TransactionConflict' : 'None' })),
  });
}

type BatchOfKeys = { readonly Keys: readonly unknown[] };

/** Asks for the first half of a batch, and answers the rest as not processed. */
async function askForSome(body: Buffer, operation: string, ask: (body: Buffer) => Promise<Answer>): Promise<Answer> {
  const asked: { RequestItems: Record<string, BatchOfKeys | readonly unknown[]> } = JSON.parse(body.toString());
  const [table = '', items = []] = Object.entries(asked.RequestItems)[0] ?? [];
  const list = 'Keys' in items ? items.Keys : items;
  const done = list.slice(0, Math.floor(list.length / 2));
  const left = list.slice(done.length);
  const withList = (some: readonly unknown[]) => ({ [table]: 'Keys' in items ? { ...items, Keys: some } : some });
  const leftName = operation === 'BatchGetItem' ? 'UnprocessedKeys' : 'UnprocessedItems';
  if (done.length === 0) {
    const nothing = { Responses: { [table]: [] }, [leftName]: withList(left) };
    return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(nothing)) };
  }
  const answer = await ask(Buffer.from(JSON.stringify({ ...asked, RequestItems: withList(done) })));
  if (answer.status !== 200) {
    return answer;
  }
  const answered: object = JSON.parse(answer.body.toString());
  // Without its headers: the checksum is of another body.
  return { status: 200, headers: {}, body: Buffer.from(JSON.stringify({ ...answered, [leftName]: withList(left) })) };
}
