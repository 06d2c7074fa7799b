import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './places.mjs';

/** The folders of PATH. */
export const pathFolders = (process.env.PATH ?? '').split(delimiter);

export function run(command, args, environment = {}, timeout = undefined, cwd = root) {
  const env = { ...process.env, ...environment };
  const child = spawnSync(command, args, { cwd, env, timeout, encoding: 'utf8', maxBuffer: 2 ** 28 });
  return {
    ok: child.status === 0,
    command: [command, ...args].join(' '),
    outcome: child.error?.message ?? child.signal ?? `exit code ${child.status}`,
    output: `${child.stdout ?? ''}${child.stderr ?? ''}`,
  };
}

/** Runs npm with a log level of its own, because `npm --silent test` passes its silence on to child processes. */
export function npm(args, environment, cwd) {
  return run('npm', [...args, '--loglevel=error'], environment, undefined, cwd);
}

/** Clones one tag of a repository on GitHub, without its history. */
export function cloneTag({ repository, tag }, folder) {
  const words = ['clone', '--quiet', '--depth=1', `--branch=${tag}`, `https://github.com/${repository}.git`];
  return run('git', [...words, folder]);
}

export function isOnPath(command) {
  return pathFolders.some((folder) => isExecutable(join(folder, command)));
}

export function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
