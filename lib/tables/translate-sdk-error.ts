import { Throttled, TidemarkError, Unavailable } from '../events/errors.ts';

const THROTTLING = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'ThrottlingError',
]);

const UNAVAILABLE = new Set([
  'InternalServerError',
  'InternalServerErrorException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'TimeoutError',
  'RequestTimeout',
  'RequestTimeoutException',
]);

/** Node's codes of a network that does not answer. */
const NETWORK = /^(ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)/;

/** The one place that knows how the AWS SDK reports trouble. What is not known passes through as it is. */
export function translateSdkError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TidemarkError) {
    return error;
  }
  if (THROTTLING.has(error.name)) {
    return new Throttled(error);
  }
  return UNAVAILABLE.has(error.name) || hasNetworkCode(error) || hasServerErrorStatus(error)
    ? new Unavailable(error)
    : error;
}

/** Whether a cancellation reason or an exception says "not now": a transaction on the item is under way, or throttling. */
export function isContention(code: string | undefined): boolean {
  return (
    code === 'TransactionConflict' ||
    code === 'TransactionConflictException' ||
    code === 'TransactionInProgressException' ||
    (code !== undefined && (THROTTLING.has(code) || code === 'ProvisionedThroughputExceeded'))
  );
}

function hasNetworkCode(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && NETWORK.test(error.code);
}

/** A load balancer's own 502 or 503 names no exception and may not even be JSON: the SDK knows nothing but its status. */
function hasServerErrorStatus(error: Error): boolean {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  return (
    typeof metadata === 'object' &&
    metadata !== null &&
    'httpStatusCode' in metadata &&
    Number(metadata.httpStatusCode) >= 500
  );
}
