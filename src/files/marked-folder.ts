import { accessSync, constants, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ErrorCode, messageOf, StaticGeneratorError, systemErrorCode } from '../errors.js';
import { makeFolder } from './folders.js';
import { refuseLinkBetween } from './links.js';

/** A folder that belongs only to us, and how it is marked. */
export interface MarkedFolder {
  readonly path: string;
  /** The folder of the marker. Its name starts with a dot. */
  readonly stateFolder: string;
  readonly stateMode: number;
  readonly temporaryFolder: string;
  /** The text of the marker: the version of what is in the folder. Another version is refused. */
  readonly marker: string;
  /** The name of the folder in messages, such as `WEB_ROOT`. */
  readonly name: string;
  /** What the folder is for, such as `pages`. */
  readonly holds: string;
  readonly codes: { readonly foreign: ErrorCode; readonly unusable: ErrorCode };
}

const MARKER = 'marker.json';
/** This folder exists if a file system of its own is mounted there. */
const LOST_AND_FOUND = 'lost+found';

/**
 * Prepares the folder, and marks it as ours on first use. Throws the code `foreign` if it contains something and has no
 * marker, and `unusable` if it cannot be written or if another release has marked it.
 */
export function prepareMarkedFolder(folder: MarkedFolder): void {
  const { path, temporaryFolder } = folder;
  asUnusable(folder, () => {
    makeFolder(path);
    // Old temporary files are removed, whatever their owner, so their folder must not be behind a link.
    refuseLinkBetween(path, join(temporaryFolder, MARKER));
    if (!isMarked(folder)) mark(folder);
    makeFolder(temporaryFolder, 0o700);
    for (const one of [path, temporaryFolder])
      accessSync(one, constants.R_OK | constants.W_OK | constants.X_OK);
  });
}

/** Makes the same checks, but creates nothing: an absent folder may become ours. */
export function checkMarkedFolder(folder: MarkedFolder): void {
  asUnusable(folder, () => {
    if (!isMarked(folder)) refuseForeign(folder);
  });
}

function asUnusable({ path, name, codes }: MarkedFolder, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof StaticGeneratorError) throw error;
    const reason = systemErrorCode(error) ?? messageOf(error);
    throw new StaticGeneratorError(
      codes.unusable,
      `Expected ${name} ${path} to be a folder that this process can read and write (${reason}). Create the folder, and make the user that runs the app its owner`,
      { cause: error, fields: { path } },
    );
  }
}

function isMarked({ path, stateFolder, marker, codes }: MarkedFolder): boolean {
  const file = join(stateFolder, MARKER);
  const found = readIfThere(file);
  if (found === undefined || found === marker) return found !== undefined;
  const message = `Expected the marker ${file} to be ${marker.trim()}, got ${JSON.stringify(found.slice(0, 80))}. Use the release that wrote it, or choose another folder`;
  throw new StaticGeneratorError(codes.unusable, message, { fields: { path } });
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function refuseForeign({ path, stateFolder, name, holds, codes }: MarkedFolder): void {
  const harmless: readonly string[] = [LOST_AND_FOUND, basename(stateFolder)];
  const foreign = namesIn(path).filter((one) => !harmless.includes(one));
  if (foreign.length === 0) return;
  throw new StaticGeneratorError(
    codes.foreign,
    `Expected ${name} ${path} to be empty or absent at first use, found ${foreign.slice(0, 3).join(', ')}${foreign.length > 3 ? ', …' : ''}. It can hold only ${holds}: choose a folder of its own, such as ${join(path, holds)}`,
    { fields: { path, found: foreign.slice(0, 10) } },
  );
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function mark(folder: MarkedFolder): void {
  refuseForeign(folder);
  const { stateFolder, stateMode, marker } = folder;
  makeFolder(stateFolder, stateMode);
  // The marker is renamed into place, so that no other process finds half of it.
  const temporary = join(stateFolder, `${MARKER}.${process.pid}`);
  writeFileSync(temporary, marker, { mode: 0o600 });
  renameSync(temporary, join(stateFolder, MARKER));
}
