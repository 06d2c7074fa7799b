import { messageOf, systemErrorCode } from '../errors.js';
import type { Driver } from './database.js';
import { UnsafeSqliteError } from './safe-version.js';

/** Why a driver cannot be used, and what to do about it. */
export interface Problem {
  readonly what: string;
  readonly remedy: string;
  /** The error, if it says more than that. */
  readonly cause: unknown;
}

const NEWER_NODE = 'update to the latest release of Node 22, 24 or newer';

/** Describes for people what was thrown when a driver was loaded. */
export function problemOf({ name }: Driver, cause: unknown): Problem {
  if (cause instanceof UnsafeSqliteError) {
    const remedy = name === 'node:sqlite' ? NEWER_NODE : 'npm install better-sqlite3@latest';
    return {
      what: `${nameHere(name)} has SQLite ${cause.version}, which can lose commits with several processes`,
      remedy,
      cause,
    };
  }
  if (name === 'node:sqlite')
    return { what: `Node ${process.versions.node} has no ${name}`, remedy: NEWER_NODE, cause: undefined };
  if (isMissing(name, cause))
    return { what: `The package ${name} is not installed`, remedy: `npm install ${name}`, cause: undefined };
  const what = `The package ${name} is installed, but its native part does not load in Node ${process.versions.node} (${firstLine(cause)})`;
  return { what, remedy: `npm rebuild ${name} --ignore-scripts=false`, cause };
}

/** Whether the package itself is missing, not what it requires, such as its native part since better-sqlite3 13. */
function isMissing(name: string, error: unknown): boolean {
  return (
    systemErrorCode(error) === 'MODULE_NOT_FOUND' &&
    messageOf(error).startsWith(`Cannot find module '${name}'`)
  );
}

function nameHere(name: Driver['name']): string {
  return name === 'node:sqlite' ? `${name} of Node ${process.versions.node}` : name;
}

/** Returns the first line. The rest lists where the package was looked for. */
function firstLine(error: unknown): string {
  return (
    messageOf(error)
      .split('\n', 1)[0]
      ?.replace(/[.:\s]*(?:Tried)?[.:\s]*$/, '') ?? ''
  );
}
