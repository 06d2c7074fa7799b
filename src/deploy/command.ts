import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { messageOf, StaticGeneratorError, systemErrorCode } from '../errors.js';

/**
 * Runs a command line that deploys a folder in its own way. The variable `STATICGENERATOR_FOLDER` has the folder, and
 * standard input has the list of its files with their headers as JSON. What the command prints goes to standard error,
 * so that results stay clean. Rejects with `ERR_DEPLOY_FAILED` unless it exits with 0.
 */
export async function runDeployCommand(
  commandLine: string,
  folder: string,
  files: readonly object[],
): Promise<void> {
  const child = spawn('/bin/sh', ['-c', commandLine], {
    env: { ...process.env, STATICGENERATOR_FOLDER: resolve(folder) },
    stdio: ['pipe', 2, 2],
  });
  const exit = once(child, 'close');
  // A command that needs no list does not read it.
  child.stdin?.on('error', (error) => {
    if (systemErrorCode(error) !== 'EPIPE') child.kill();
  });
  child.stdin?.end(JSON.stringify(files));
  const failure = await exit.then(
    ([code, signal]: unknown[]) => (code === 0 ? undefined : `it exited with ${code ?? signal}`),
    (error: unknown) => messageOf(error),
  );
  if (failure === undefined) return;
  throw new StaticGeneratorError('ERR_DEPLOY_FAILED', `The command failed: ${failure}`, {
    fields: { command: commandLine },
  });
}
