import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { messageOf, StaticGeneratorError, systemErrorCode } from '../errors.js';
import { makeFolder } from '../files/folders.js';

/** The folder of the pages, and the private one in it. */
export interface WebRoot {
  readonly path: string;
  /** Mode 0700: the ledger, the marker, temporary files. Its name starts with a dot, so no page can be in it. */
  readonly stateFolder: string;
  readonly temporaryFolder: string;
  /** Pages that nginx must not find, because only Node can answer with their headers; relative to `path`. */
  readonly nodeOnlyFolder: string;
  readonly ledgerFile: string;
}

const STATE_FOLDER = '.staticgenerator';
const MARKER = 'marker.json';
/** Holds the version of the layout; another one is refused. */
const MARKER_TEXT = `${JSON.stringify({ application: 'staticgenerator', layout: 1 })}\n`;
/** What a file system of its own brings along. */
const harmless = new Set([STATE_FOLDER, 'lost+found']);

export function locateWebRoot(path: string): WebRoot {
  const stateFolder = join(path, STATE_FOLDER);
  return {
    ...{ path, stateFolder },
    temporaryFolder: join(stateFolder, 'tmp'),
    nodeOnlyFolder: join(STATE_FOLDER, 'node-only'),
    ledgerFile: join(stateFolder, 'ledger.sqlite'),
  };
}

/**
 * Makes WEB_ROOT ready, marking it as ours on first use. Throws `ERR_WEB_ROOT_FOREIGN` for a folder that holds
 * something and has no marker, and `ERR_WEB_ROOT_UNUSABLE` for one that cannot be written.
 */
export function prepareWebRoot(webRoot: WebRoot): void {
  try {
    makeFolder(webRoot.path);
    if (!isMarked(webRoot)) mark(webRoot);
    mkdirSync(webRoot.temporaryFolder, { recursive: true, mode: 0o700 });
    for (const folder of [webRoot.path, webRoot.temporaryFolder])
      accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw error instanceof StaticGeneratorError ? error : unusable(webRoot, error);
  }
}

/** Makes nothing; throws as {@link prepareWebRoot} does where WEB_ROOT is somebody else's, or no folder. */
export function checkWebRoot(webRoot: WebRoot): void {
  try {
    if (!isMarked(webRoot)) refuseForeign(webRoot);
  } catch (error) {
    throw error instanceof StaticGeneratorError ? error : unusable(webRoot, error);
  }
}

function isMarked(webRoot: WebRoot): boolean {
  const file = join(webRoot.stateFolder, MARKER);
  const found = readIfThere(file);
  if (found === undefined || found === MARKER_TEXT) return found !== undefined;
  const message = `Expected the marker ${file} to be ${MARKER_TEXT.trim()}, got ${JSON.stringify(found.slice(0, 80))}. Use the release that wrote it, or name another folder`;
  throw new StaticGeneratorError('ERR_WEB_ROOT_UNUSABLE', message, { fields: { path: webRoot.path } });
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function refuseForeign(webRoot: WebRoot): void {
  const foreign = readdirSync(webRoot.path).filter((name) => !harmless.has(name));
  if (foreign.length > 0) {
    throw new StaticGeneratorError(
      'ERR_WEB_ROOT_FOREIGN',
      `Expected WEB_ROOT ${webRoot.path} to be empty or absent at first use, found ${foreign.slice(0, 3).join(', ')}${foreign.length > 3 ? ', …' : ''}. It is for pages alone: name a folder of its own, such as ${join(webRoot.path, 'pages')}`,
      { fields: { path: webRoot.path, found: foreign.slice(0, 10) } },
    );
  }
}

function mark(webRoot: WebRoot): void {
  refuseForeign(webRoot);
  mkdirSync(webRoot.stateFolder, { recursive: true, mode: 0o700 });
  // Renamed into place, so that no other process finds half of it.
  const temporary = join(webRoot.stateFolder, `${MARKER}.${process.pid}`);
  writeFileSync(temporary, MARKER_TEXT, { mode: 0o600 });
  renameSync(temporary, join(webRoot.stateFolder, MARKER));
}

function unusable(webRoot: WebRoot, cause: unknown): StaticGeneratorError {
  const reason = systemErrorCode(cause) ?? messageOf(cause);
  return new StaticGeneratorError(
    'ERR_WEB_ROOT_UNUSABLE',
    `Expected WEB_ROOT ${webRoot.path} to be a folder that this process can write (${reason}). Create it and give it to the user of the app`,
    { cause, fields: { path: webRoot.path } },
  );
}
