import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** API Gateway encodes what is not text by its Content-Type. */
  readonly isBase64Encoded?: boolean;
}

/**
 * The event that an API Gateway HTTP API makes of a request (payload format 2.0, stage `$default`): the path decoded, the
 * query as it was sent and once more as a map, header names in lower case, its own headers added.
 *
 * @param target path and query as a client sends them
 */
export function httpApiEvent(method: string, target: string, sent: Sent = {}): APIGatewayProxyEventV2 {
  const [sentPath = '', rawQueryString = ''] = target.split(/\?(.*)/s);
  const rawPath = decodeURIComponent(sentPath);
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    parameters[name] = name in parameters ? `${parameters[name]},${value}` : value;
  }
  const domainName = 'a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com';
  const headers: Record<string, string> = {
    accept: '*/*',
    'content-length': String(Buffer.byteLength(sent.body ?? '')),
    host: domainName,
    'user-agent': 'curl/8.5.0',
    'x-amzn-trace-id': 'Root=1-65f1d2c3-0123456789abcdef01234567',
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-port': '443',
    'x-forwarded-proto': 'https',
  };
  for (const [name, value] of Object.entries(sent.headers ?? {})) {
    headers[name.toLowerCase()] = value;
  }
  return {
    version: '2.0',
    routeKey: `${method} /streams/{proxy+}`,
    rawPath,
    rawQueryString,
    headers,
    ...(rawQueryString === '' ? {} : { queryStringParameters: parameters }),
    pathParameters: { proxy: rawPath.replace('/streams/', '') },
    requestContext: {
      accountId: '123456789012',
      apiId: 'a1b2c3d4e5',
      domainName,
      domainPrefix: 'a1b2c3d4e5',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'curl/8.5.0' },
      requestId: 'UnbaSjQ4FiAEJFA=',
      routeKey: `${method} /streams/{proxy+}`,
      stage: '$default',
      time: '13/Mar/2026:16:20:35 +0000',
      timeEpoch: 1_773_418_835_123,
    },
    ...(sent.body === undefined ? {} : { body: sent.body }),
    isBase64Encoded: sent.isBase64Encoded ?? false,
  };
}

/** An append as an event. */
export function appendEvent(target: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return httpApiEvent('POST', target, {
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  });
}

/** The body of a result, which API Gateway sends on as it is. */
export function bodyOf({ body, isBase64Encoded }: APIGatewayProxyStructuredResultV2): unknown {
  return body === undefined || body === '' || isBase64Encoded ? undefined : JSON.parse(body);
}
