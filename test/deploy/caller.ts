/** Who calls the deployed API: users of the account, who sign their requests (Signature Version 4). */
import { AwsClient } from 'aws4fetch';
import { ACCOUNT, type Emulator, REGION, ROOT } from './emulator.ts';

export interface Caller {
  /** Sends a signed request to a path of the API. */
  send(path: string, init?: RequestInit): Promise<Response>;
}

/** A user who may do what one policy statement allows. */
export async function createCaller(emulator: Emulator, name: string, api: string, actions: string[]): Promise<Caller> {
  await iam(emulator, { Action: 'CreateUser', UserName: name });
  const Resource = `arn:aws:execute-api:${REGION}:${ACCOUNT}:*`;
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource }] };
  await iam(emulator, {
    Action: 'PutUserPolicy',
    UserName: name,
    PolicyName: 'only',
    PolicyDocument: JSON.stringify(policy),
  });
  const created = await iam(emulator, { Action: 'CreateAccessKey', UserName: name });
  const credentials = {
    accessKeyId: textOf(created, 'AccessKeyId'),
    secretAccessKey: textOf(created, 'SecretAccessKey'),
  };
  const client = new AwsClient({ ...credentials, region: REGION, service: 'execute-api', retries: 0 });
  return { send: (path, init) => client.fetch(`${api}${path}`, init) };
}

/** Somebody who signs nothing. */
export function stranger(api: string): Caller {
  return { send: (path, init) => fetch(`${api}${path}`, init) };
}

/** One request to IAM by the root user: its answer, which is XML. */
async function iam({ endpoint }: Emulator, parameters: Readonly<Record<string, string>>): Promise<string> {
  const client = new AwsClient({ ...ROOT, region: 'us-east-1', service: 'iam', retries: 0 });
  const body = new URLSearchParams({ Version: '2010-05-08', ...parameters }).toString();
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const response = await client.fetch(endpoint, { method: 'POST', headers, body });
  const answer = await response.text();
  if (!response.ok) {
    throw new Error(`IAM answers ${parameters['Action']} with ${response.status}: ${answer}`);
  }
  return answer;
}

function textOf(xml: string, element: string): string {
  const [, text] = new RegExp(`<${element}>([^<]+)</${element}>`).exec(xml) ?? [];
  if (text === undefined) {
    throw new Error(`No ${element} in ${xml}`);
  }
  return text;
}
