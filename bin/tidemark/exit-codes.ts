/** What the command line exits with: for scripts, and the same for ever. */
export const EXIT = {
  done: 0,
  /** DynamoDB could not be reached, refused, or went on throttling; or a bug. Run it again. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** It ran, and what is stored is damaged. */
  damaged: 3,
  /** Ctrl-C or SIGTERM; what was said last tells how to go on. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line is wrong in a way that only shows when it is run. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
