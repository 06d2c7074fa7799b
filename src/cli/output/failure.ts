import { inspect } from 'node:util';
import { messageOf, StaticGeneratorError, systemErrorCode } from '../../errors.js';
import type { Output } from './output.js';

/** What a command line can end with. */
export const exitCodes = Object.freeze({ success: 0, failure: 1, wrongUse: 2 });

/** A command line that cannot be understood or that contradicts itself. */
export class UsageError extends Error {
  readonly code = 'ERR_USAGE';
}

/** The work was done, and what it found is not well. */
export class UnhealthyError extends Error {
  readonly code = 'ERR_UNHEALTHY';
}

/** Repeating the command does not help: first its words or the configuration have to change. Nothing was done. */
const wrongUse: readonly string[] = [
  ...['ERR_USAGE', 'ERR_OPTIONS', 'ERR_CONFIG_FILE', 'ERR_BAD_TARGET', 'ERR_BAD_TAG', 'ERR_WEB_ROOT_FOREIGN'],
  ...['ERR_STATIC_ROOT_FOREIGN', 'ERR_STATIC_ROOT_OVERLAP'],
  ...['ERR_BAD_DEPLOY_TARGET', 'ERR_DEPLOY_FOREIGN', 'ERR_EXPORT_FOREIGN', 'ERR_BAD_ROUTE'],
];

export interface FailureContext {
  readonly output: Output;
  readonly verbose: boolean;
  /** The help that a wrong command line is answered with: `staticgenerator list --help`. */
  readonly help: string;
}

/** Tells what went wrong, and gives the exit code for it. */
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

/** A message where it was written for people; the whole stack for what nobody foresaw. */
function textOf(error: unknown, verbose: boolean): string {
  const isForPeople = [StaticGeneratorError, UsageError, UnhealthyError].some(
    (kind) => error instanceof kind,
  );
  if (verbose) return inspect(error);
  return isForPeople || isOfSystem(error) ? messageOf(error) : inspect(error);
}

/** What the system says of a file, a port or a host is for people too: where in the code it was said helps nobody. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && systemErrorCode(error) !== undefined;
}
