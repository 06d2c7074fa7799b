import { realpath } from 'node:fs/promises';
import { systemErrorCode } from '../../errors.js';
import { isInside } from '../../files/folders.js';
import { answerOf, REVALIDATE } from './headers.js';
import type { ResolvedServeOptions } from './options.js';
import type { AssetSource, FoundAsset } from './source.js';

/** A file that a finder has found. */
export interface SourceFile {
  /** The folder that was searched, absolute. */
  readonly folder: string;
  /** The absolute path of the file. */
  readonly file: string;
}

/** What {@link DevelopmentFiles} needs. */
export interface DevelopmentParts {
  /** Looks up a path in the folders of the site, in their order, every time again. */
  readonly find: (path: string) => SourceFile | undefined | Promise<SourceFile | undefined>;
  /** The path of the assets' URL, with a slash at both ends. */
  readonly urlPath: string;
  readonly options: ResolvedServeOptions;
}

/** The files of a site in development, in the folders where they are edited: nothing is built or cached. */
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

/** Whether no link leads out of the folder that was searched. The folder itself may be a link. */
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
