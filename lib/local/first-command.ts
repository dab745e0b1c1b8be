import { FIRST_COMMAND_MS } from './bounds.ts';

/** What became of a first command: nobody listens yet, DynamoDB answers, or it does not do so as it should. */
export type FirstCommand =
  | { readonly outcome: 'not-yet' }
  | { readonly outcome: 'ready' }
  | { readonly outcome: 'failed'; readonly reason: string };

/**
 * Asks DynamoDB Local for its tables. It listens before it opens its data, so that it listens says nothing. One request
 * of up to 10 s, without the SDK, which takes longer to load than DynamoDB Local is waited for.
 */
export async function firstCommand(endpoint: string): Promise<FirstCommand> {
  try {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.0',
        'X-Amz-Target': 'DynamoDB_20120810.ListTables',
        // It checks the form of a signature, and nothing else.
        Authorization:
          'AWS4-HMAC-SHA256 Credential=local/20120810/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: '{}',
      signal: AbortSignal.timeout(FIRST_COMMAND_MS),
    });
    const body = await answer.text();
    return answer.ok ? { outcome: 'ready' } : { outcome: 'failed', reason: `it answers ${answer.status} ${body}` };
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError'
      ? { outcome: 'failed', reason: 'it listens, but does not answer' }
      : { outcome: 'not-yet' };
  }
}
