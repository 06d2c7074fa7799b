import { inspect } from 'node:util';
import { messageOf, StaticGeneratorError, systemErrorCode } from '../../errors.js';
import type { Output } from './output.js';

/** The exit codes of a command line. */
export const exitCodes = Object.freeze({ success: 0, failure: 1, wrongUse: 2 });

/** The error of a command line that cannot be understood, or that contradicts itself. */
export class UsageError extends Error {
  readonly code = 'ERR_USAGE';
}

/** The work was done, but it found problems. */
export class UnhealthyError extends Error {
  readonly code = 'ERR_UNHEALTHY';
}

/**
 * With these codes, nothing was done, and repeating does not help: the command line or the configuration must change.
 */
const wrongUse: readonly string[] = [
  ...['ERR_USAGE', 'ERR_OPTIONS', 'ERR_CONFIG_FILE', 'ERR_BAD_TARGET', 'ERR_BAD_TAG', 'ERR_WEB_ROOT_FOREIGN'],
  ...['ERR_STATIC_ROOT_FOREIGN', 'ERR_STATIC_ROOT_OVERLAP'],
  ...['ERR_BAD_DEPLOY_TARGET', 'ERR_DEPLOY_FOREIGN', 'ERR_EXPORT_FOREIGN', 'ERR_BAD_ROUTE'],
];

export interface FailureContext {
  readonly output: Output;
  readonly verbose: boolean;
  /** The help to read after a wrong command line: `staticgenerator list --help`. */
  readonly help: string;
}

/** Reports what went wrong, and returns the exit code. */
export async function reportFailure(
  error: unknown,
  { output, verbose, help }: FailureContext,
): Promise<number> {
  const code = codeOf(error);
  const hint = code === 'ERR_USAGE' ? `\nSee: ${help}` : '';
  await output.problem('error', `${textOf(error, verbose)}${hint}`, {
    ...fieldsOf(error),
    code,
    message: messageOf(error),
  });
  return wrongUse.includes(code) ? exitCodes.wrongUse : exitCodes.failure;
}

function codeOf(error: unknown): string {
  return systemErrorCode(error) ?? 'ERR_UNEXPECTED';
}

function fieldsOf(error: unknown): object {
  return error instanceof StaticGeneratorError ? error.fields : {};
}

/** Returns the message of an error that was written for people; the whole stack of an unexpected error. */
function textOf(error: unknown, verbose: boolean): string {
  const isForPeople = [StaticGeneratorError, UsageError, UnhealthyError].some(
    (kind) => error instanceof kind,
  );
  if (verbose) return inspect(error);
  return isForPeople || isOfSystem(error) ? messageOf(error) : inspect(error);
}

/**
 * Whether the system reports this error, about a file, a port or a host. Its message helps people more than a stack.
 */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && systemErrorCode(error) !== undefined;
}
