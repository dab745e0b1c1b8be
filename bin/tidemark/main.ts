import { DynamoDBServiceException, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { Command, CommanderError } from 'commander';
import { TidemarkError } from '../../lib/events/errors.ts';
import { addCostCommand } from './cost-command.ts';
import { EXIT, type ExitCode, UsageError } from './exit-codes.ts';
import { printable } from './print.ts';
import { addProjectionsCommand } from './projections-command.ts';
import { addSequenceCommand } from './sequence-command.ts';
import { addTailCommand } from './tail-command.ts';
import { addVerifyCommand } from './verify-command.ts';

const EXIT_CODES = `
Exit codes:
  ${EXIT.done}    done, and all is well
  ${EXIT.failed}    DynamoDB could not be reached, or refused
  ${EXIT.usage}    the command line is wrong
  ${EXIT.damaged}    what is stored is damaged; each damage is named
  ${EXIT.interrupted}  interrupted; the last line says how to go on`;

/** Runs the command line and returns what to exit with. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const program = new Command('tidemark')
    .description('Looks after an event store: in AWS, or a local one with --endpoint.')
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .showHelpAfterError('(--help says what there is)');
  for (const add of [addVerifyCommand, addSequenceCommand, addTailCommand, addProjectionsCommand, addCostCommand]) {
    add(program, (code) => {
      exitCode = code;
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): ExitCode {
  if (error instanceof CommanderError) {
    // It has said what is wrong; asking for help is not.
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  if (error instanceof UsageError) {
    console.error(error.message);
    return EXIT.usage;
  }
  const explanation = explained(error);
  console.error(explanation === undefined ? error : printable(explanation));
  return EXIT.failed;
}

/** What a person can do something about in one line; undefined for all else, of which the whole is wanted. */
function explained(error: unknown): string | undefined {
  if (error instanceof ResourceNotFoundException) {
    return 'There are no such tables. --tables is their prefix, and --endpoint the URL of a local DynamoDB';
  }
  if (error instanceof DynamoDBServiceException) {
    return `DynamoDB refused: ${error.name}: ${error.message}`;
  }
  if (error instanceof Error && (error.name === 'CredentialsProviderError' || error.message === 'Region is missing')) {
    return `AWS is not set up: ${error.message}. --endpoint is the URL of a local DynamoDB`;
  }
  return error instanceof TidemarkError ? error.message : undefined;
}
