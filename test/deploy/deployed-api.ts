/** The deployed HTTP API, as somebody with or without credentials calls it. */
import { AwsClient } from 'aws4fetch';
import { type Emulator, REGION } from './emulator.ts';
import type { Credentials } from './users.ts';

export interface DeployedApi {
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  append(streamId: string, events: readonly unknown[], headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly body: unknown;
}

/**
 * Requests to the API whose URL the stack has put out, signed where there are credentials. The emulator serves each API below a path of
 * its own, since no name server knows the host of that URL.
 */
export function deployedApi(emulator: Emulator, apiUrl: string, credentials?: Credentials): DeployedApi {
  const [, apiId] = /^https:\/\/([^.]+)\.execute-api\./.exec(apiUrl) ?? [];
  if (apiId === undefined) {
    throw new Error(`${apiUrl} is no URL of an HTTP API`);
  }
  const base = `${emulator.endpoint}/_aws/execute-api/${apiId}`;
  const send = sender(credentials);
  const post: DeployedApi['post'] = async (path, body, headers = {}) =>
    answerOf(
      await send(`${base}${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    );
  return {
    get: async (path) => answerOf(await send(`${base}${path}`, {})),
    post,
    append: (streamId, events, headers) => post(`/streams/${encodeURIComponent(streamId)}`, { events }, headers),
  };
}

function sender(credentials: Credentials | undefined): (url: string, init: RequestInit) => Promise<Response> {
  if (credentials === undefined) {
    return fetch;
  }
  const client = new AwsClient({ ...credentials, region: REGION, service: 'execute-api', retries: 0 });
  return (url, init) => client.fetch(url, init);
}

async function answerOf(response: Response): Promise<Answer> {
  const body: unknown = await response.json();
  return { status: response.status, etag: response.headers.get('etag'), body };
}
