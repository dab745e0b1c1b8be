import { CAUSES_MAX } from './bounds.ts';

/** What is told of an error. */
export interface DescribedError {
  readonly name: string;
  readonly message: string;
  /** Of an error of Tidemark's, or of the operating system. */
  readonly code?: string;
  /** Where it came from: the frames alone. */
  readonly stack: string;
  readonly cause?: DescribedError;
}

const WITHHELD = '(not told: it quotes what could not be read)';

/**
 * An error as it may stand in a log. Of its members nothing but the code: those of DynamoDB's errors have the items that were in the way.
 * Not the message of a SyntaxError: it quotes the text that was parsed, which may be an event.
 */
export function describeError(error: unknown, depth = 1): DescribedError {
  if (!(error instanceof Error)) {
    return { name: typeof error, message: '(not told: it is not an error)', stack: '' };
  }
  const { name, message, stack = '', cause } = error;
  const isQuoting = error instanceof SyntaxError || name === 'SyntaxError';
  const code: unknown = Reflect.get(error, 'code');
  return {
    name,
    message: isQuoting ? WITHHELD : message,
    ...(typeof code === 'string' ? { code } : {}),
    stack: framesOf(stack),
    ...(cause === undefined || depth >= CAUSES_MAX ? {} : { cause: describeError(cause, depth + 1) }),
  };
}

/** A stack begins with the message. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
