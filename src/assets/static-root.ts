import { join } from 'node:path';
import { StaticGeneratorError } from '../errors.js';
import { overlap } from '../files/folders.js';
import type { MarkedFolder } from '../files/marked-folder.js';

/** The folder in STATIC_ROOT that is not served. */
export const STATE_FOLDER = '.staticgenerator';

/** Describes STATIC_ROOT: the folder that only `collect` fills. */
export function locateStaticRoot(path: string): MarkedFolder {
  const stateFolder = join(path, STATE_FOLDER);
  return {
    ...{ path, stateFolder },
    // The app reads the manifest, perhaps as another user than the one that runs `collect`.
    stateMode: 0o755,
    temporaryFolder: join(stateFolder, 'tmp'),
    marker: `${JSON.stringify({ application: 'staticgenerator', assets: 1 })}\n`,
    name: 'STATIC_ROOT',
    holds: 'assets',
    codes: { foreign: 'ERR_STATIC_ROOT_FOREIGN', unusable: 'ERR_STATIC_ROOT_UNUSABLE' },
  };
}

/** Throws `ERR_STATIC_ROOT_OVERLAP` if STATIC_ROOT contains one of these folders, or is inside one. */
export function refuseOverlap(
  root: string,
  folders: readonly { readonly path: string; readonly what: string }[],
) {
  for (const { path, what } of folders) {
    if (!overlap(root, path)) continue;
    throw new StaticGeneratorError(
      'ERR_STATIC_ROOT_OVERLAP',
      `Expected STATIC_ROOT ${root} and ${what} ${path} to be separate, got one inside the other. Collected files would be found again, or removed: choose another folder for STATIC_ROOT`,
      { fields: { path: root, other: path } },
    );
  }
}
