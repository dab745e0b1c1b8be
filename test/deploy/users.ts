/** Users of the account, each with the rights that a test gives him. */
import { AwsClient } from 'aws4fetch';
import { type Emulator, ROOT } from './emulator.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A user who may do these actions on these resources, and nothing else. */
export async function createUser(
  emulator: Emulator,
  name: string,
  actions: readonly string[],
  resource: string,
): Promise<Credentials> {
  const statement = { Effect: 'Allow', Action: actions, Resource: resource };
  await iam(emulator, { Action: 'CreateUser', UserName: name });
  await iam(emulator, {
    Action: 'PutUserPolicy',
    UserName: name,
    PolicyName: 'rights',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
  });
  const answer = await iam(emulator, { Action: 'CreateAccessKey', UserName: name });
  return { accessKeyId: textOf(answer, 'AccessKeyId'), secretAccessKey: textOf(answer, 'SecretAccessKey') };
}

/** One request to IAM by the root user. Its answer is XML. */
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
