import { join } from 'node:path';
import { checkMarkedFolder, type MarkedFolder, prepareMarkedFolder } from '../files/marked-folder.js';

/** The folder of the pages, and the private one in it. */
export interface WebRoot {
  readonly path: string;
  /** Mode 0700: the ledger, the marker, temporary files. Its name starts with a dot, so no page can be in it. */
  readonly stateFolder: string;
  readonly temporaryFolder: string;
  /** Pages that nginx must not find, because only Node can answer with their headers; relative to `path`. */
  readonly nodeOnlyFolder: string;
  readonly ledgerFile: string;
  /** Where nginx finds the pages of a site with several hosts, by the second. Its name starts with a dot, too. */
  readonly termFolder: string;
}

const STATE_FOLDER = '.staticgenerator';
export const TERM_FOLDER = '.term';
/** Holds the version of the layout; another one is refused. */
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
 * Makes WEB_ROOT ready, marking it as ours on first use. Throws `ERR_WEB_ROOT_FOREIGN` for a folder that holds
 * something and has no marker, and `ERR_WEB_ROOT_UNUSABLE` for one that cannot be written.
 */
export function prepareWebRoot(webRoot: WebRoot): void {
  prepareMarkedFolder(markedFolderOf(webRoot));
}

/** Makes nothing; throws as {@link prepareWebRoot} does where WEB_ROOT is somebody else's, or no folder. */
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
