import { join } from 'node:path';
import { checkMarkedFolder, type MarkedFolder, prepareMarkedFolder } from '../files/marked-folder.js';

/** The folder of the pages, and the private folder in it. */
export interface WebRoot {
  readonly path: string;
  /** Mode 0700: the ledger, the marker, temporary files. Its name starts with a dot, so no page can be in it. */
  readonly stateFolder: string;
  readonly temporaryFolder: string;
  /** The folder of pages that nginx must not find: only Node can answer with their headers. Relative to `path`. */
  readonly nodeOnlyFolder: string;
  readonly ledgerFile: string;
  /** The folder in which nginx finds the pages of several hosts, second by second. Its name starts with a dot, too. */
  readonly termFolder: string;
}

const STATE_FOLDER = '.staticgenerator';
export const TERM_FOLDER = '.term';
/** The text contains the version of the layout; another version is refused. */
const MARKER_TEXT = `${JSON.stringify({ application: 'staticgenerator', layout: 1 })}\n`;

export function locateWebRoot(path: string): WebRoot {
  const stateFolder = join(path, STATE_FOLDER);
  return {
    ...{ path, stateFolder },
    temporaryFolder: join(stateFolder, 'tmp'),
    nodeOnlyFolder: join(STATE_FOLDER, 'node-only'),
    ledgerFile: join(stateFolder, 'ledger.sqlite'),
    termFolder: join(path, TERM_FOLDER),
  };
}

/**
 * Prepares WEB_ROOT, and marks it as ours on first use. Throws `ERR_WEB_ROOT_FOREIGN` if the folder contains something
 * and has no marker, and `ERR_WEB_ROOT_UNUSABLE` if it cannot be written.
 */
export function prepareWebRoot(webRoot: WebRoot): void {
  prepareMarkedFolder(markedFolderOf(webRoot));
}

/** Creates nothing. Throws as {@link prepareWebRoot} does if WEB_ROOT belongs to something else or is not a folder. */
export function checkWebRoot(webRoot: WebRoot): void {
  checkMarkedFolder(markedFolderOf(webRoot));
}

function markedFolderOf({ path, stateFolder, temporaryFolder }: WebRoot): MarkedFolder {
  return {
    ...{ path, stateFolder, temporaryFolder },
    stateMode: 0o700,
    marker: MARKER_TEXT,
    name: 'WEB_ROOT',
    holds: 'pages',
    codes: { foreign: 'ERR_WEB_ROOT_FOREIGN', unusable: 'ERR_WEB_ROOT_UNUSABLE' },
  };
}
