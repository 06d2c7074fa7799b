// The paths of the programs that the benchmarks run, as .dev/prepare.mjs has found or unpacked them.
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const FOLDER = new URL('../../../../node_modules/.cache/staticgenerator/', import.meta.url);

/** Returns the record of a program, or undefined if it could not be installed. */
export function toolOf(name) {
  const record = new URL(`${name}.json`, FOLDER);
  return existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : undefined;
}

export function requiredTool(name) {
  const tool = toolOf(name);
  if (tool === undefined) throw new Error(`${name} was not found; run node .dev/prepare.mjs bench`);
  return tool;
}

/** The server and the load have a core each if there are two, and taskset to pin processes to them. */
const canPin = process.platform === 'linux' && availableParallelism() > 1;
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** Returns a command line that runs on one core. */
export function pinned(core, command) {
  return canPin ? ['taskset', '-c', String(core), ...command] : command;
}

/** Returns the command that pins a running process, with its threads, to one core. */
export function pinCommand(core, pid) {
  return canPin ? ['taskset', '-a', '-c', '-p', String(core), String(pid)] : undefined;
}
