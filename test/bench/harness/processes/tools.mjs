// Where the programs are that the benchmarks run: what .dev/prepare.mjs has found or unpacked.
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const FOLDER = new URL('../../../../node_modules/.cache/staticgenerator/', import.meta.url);

/** A program's record; undefined where it could not be had. */
export function toolOf(name) {
  const record = new URL(`${name}.json`, FOLDER);
  return existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : undefined;
}

export function requiredTool(name) {
  const tool = toolOf(name);
  if (tool === undefined) throw new Error(`${name} was not found; run node .dev/prepare.mjs bench`);
  return tool;
}

/** Server and load have a core each, where there are two and a program to pin with. */
const canPin = process.platform === 'linux' && availableParallelism() > 1;
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** A command line that is kept to one core. */
export function pinned(core, command) {
  return canPin ? ['taskset', '-c', String(core), ...command] : command;
}

/** Keeps a process that runs already, with its threads, to one core. */
export function pinCommand(core, pid) {
  return canPin ? ['taskset', '-a', '-c', '-p', String(core), String(pid)] : undefined;
}
