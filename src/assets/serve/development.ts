import { realpath } from 'node:fs/promises';
import { systemErrorCode } from '../../errors.js';
import { isInside } from '../../files/folders.js';
import { answerOf, REVALIDATE } from './headers.js';
import type { ResolvedServeOptions } from './options.js';
import type { AssetSource, FoundAsset } from './source.js';

/** A file as a finder found it. */
export interface SourceFile {
  /** The folder that was searched, absolute. */
  readonly folder: string;
  /** The absolute path of the file. */
  readonly file: string;
}

/** What {@link DevelopmentFiles} is made of. */
export interface DevelopmentParts {
  /** Looks a path up in the folders of the site, in their order, again each time. */
  readonly find: (path: string) => SourceFile | undefined | Promise<SourceFile | undefined>;
  /** The path of the assets' URL, with a slash at both ends. */
  readonly urlPath: string;
  readonly options: ResolvedServeOptions;
}

/** The files of a site that is being developed, where they are written: nothing is built, and nothing is remembered. */
export class DevelopmentFiles implements AssetSource {
  readonly #parts: DevelopmentParts;

  constructor(parts: DevelopmentParts) {
    this.#parts = parts;
  }

  async find(path: string): Promise<FoundAsset | undefined> {
    const { urlPath, options } = this.#parts;
    if (path === '' || path.endsWith('/')) return undefined;
    const source = await this.#parts.find(path);
    if (source === undefined) return undefined;
    if (!options.symlinks && !(await isReallyInside(source))) return undefined;
    const answer = answerOf({ path, url: `${urlPath}${path}` }, options, () => REVALIDATE);
    return { path, file: source.file, codings: [], answer };
  }
}

/** Whether no link leads out of the folder that was searched; the folder itself may be one. */
async function isReallyInside({ folder, file }: SourceFile): Promise<boolean> {
  try {
    const [realFolder, realFile] = await Promise.all([realpath(folder), realpath(file)]);
    return isInside(realFolder, realFile);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES'].includes(systemErrorCode(error) ?? ''))
      return false;
    throw error;
  }
}
