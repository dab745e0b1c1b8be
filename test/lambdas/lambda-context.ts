import type { Context } from 'aws-lambda';

/** What Lambda hands to a handler besides the event. */
export function lambdaContext(remainingMs = 60_000): Context {
  const unused = () => {};
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'a-function',
    functionVersion: '1',
    invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:a-function',
    memoryLimitInMB: '256',
    awsRequestId: '6bc28136-xmpl-4365-b021-0ce6b2e64ab0',
    logGroupName: '/aws/lambda/a-function',
    logStreamName: '2026/03/13/[$LATEST]0',
    getRemainingTimeInMillis: () => remainingMs,
    done: unused,
    fail: unused,
    succeed: unused,
  };
}
