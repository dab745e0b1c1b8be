import { type ErrorCode, quote, TidemarkError, UnreadableEvent } from './errors.ts';

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

/** Errors behind an error that are told: Tidemark's own have one or two. */
const CAUSES_MAX = 5;

const WITHHELD = '(not told: it may quote an event)';

/** Their messages quote what was handed in, or are the domain's own. */
const QUOTING: readonly ErrorCode[] = ['invalid-event', 'invalid-argument', 'command-rejected'];

/**
 * An error as it may stand in a log. Of its members nothing but the code: those of DynamoDB's errors have the items that were in the way.
 *
 * @param mayTell which errors' messages are told
 */
export function describeError(error: unknown, mayTell: MayTell = quotesNoEvent): DescribedError {
  return described(error, mayTell, 1);
}

/** Whether the message of an error may stand in a log. */
export type MayTell = (error: Error) => boolean;

/**
 * Messages are told where they are of Tidemark, of AWS or of the operating system: others are made by functions of the domain, which have
 * events in their hands, or by JavaScript, which quotes what it could not parse.
 */
export function quotesNoEvent(error: Error): boolean {
  const isOfTidemark = error instanceof TidemarkError && !QUOTING.includes(error.code);
  const isOfAws = '$fault' in error;
  const isOfSystem = 'syscall' in error;
  return (isOfTidemark || isOfAws || isOfSystem) && !(error instanceof SyntaxError);
}

function described(error: unknown, mayTell: MayTell, depth: number): DescribedError {
  if (!(error instanceof Error)) {
    return { name: typeof error, message: '(not told: it is not an error)', stack: '' };
  }
  const { name, cause } = error;
  const code: unknown = Reflect.get(error, 'code');
  return {
    name,
    message: messageOf(error, mayTell),
    ...(typeof code === 'string' ? { code } : {}),
    stack: framesOf(error),
    ...(cause === undefined || depth >= CAUSES_MAX ? {} : { cause: described(cause, mayTell, depth + 1) }),
  };
}

function messageOf(error: Error, mayTell: MayTell): string {
  // What has caused it is a function of the domain, whose words are in the message.
  if (error instanceof UnreadableEvent && error.cause !== undefined) {
    return `Event ${quote(error.eventId)} at version ${error.version} of stream ${quote(error.streamId)}: ${WITHHELD}`;
  }
  return mayTell(error) ? error.message : WITHHELD;
}

/** A stack begins with the message, which may have lines that look like frames. */
function framesOf({ stack = '', message }: Error): string {
  const begin = stack.indexOf(message) + message.length;
  return stack
    .slice(begin)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
