/** Calls deployed functions, as a person does. */
import { AwsClient } from 'aws4fetch';
import * as z from 'zod';
import { type Emulator, REGION, ROOT } from './emulator.ts';

const Functions = z.object({ Functions: z.array(z.object({ FunctionName: z.string(), Description: z.string() })) });

/** Invokes the function with this description, and returns what it answers. Throws with the answer where it fails. */
export async function invoke(emulator: Emulator, description: string, event: unknown): Promise<unknown> {
  const client = new AwsClient({ ...ROOT, region: REGION, service: 'lambda', retries: 0 });
  const functions = `${emulator.endpoint}/2015-03-31/functions`;
  const list = Functions.parse(await (await client.fetch(`${functions}/`)).json()).Functions;
  const [found, ...others] = list.filter(({ Description }) => Description === description);
  if (found === undefined || others.length > 0) {
    throw new Error(`No one function is described as ${JSON.stringify(description)}: ${JSON.stringify(list)}`);
  }
  const init = { method: 'POST', body: JSON.stringify(event) };
  const response = await client.fetch(`${functions}/${found.FunctionName}/invocations`, init);
  const answer: unknown = await response.json();
  if (!response.ok || response.headers.has('x-amz-function-error')) {
    throw new Error(`${found.FunctionName} fails: ${JSON.stringify(answer)}\nThe emulator:\n${await emulator.log()}`);
  }
  return answer;
}
