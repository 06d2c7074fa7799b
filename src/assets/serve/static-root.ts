import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../../errors.js';
import type { Logger } from '../../log.js';
import { type AssetAnswer, answerOf, cacheControlOf } from './headers.js';
import type { ResolvedServeOptions } from './options.js';
import { isServable } from './path.js';
import { type AssetSource, assetCodings, codingSuffixes, type FoundAsset, isCodingName } from './source.js';

/** What {@link StaticRoot} needs. */
export interface StaticRootParts {
  /** STATIC_ROOT, absolute. */
  readonly root: string;
  /** The path of the assets' URL, with a slash at both ends. */
  readonly urlPath: string;
  readonly options: ResolvedServeOptions;
  readonly logger: Logger;
  /** Names of assets, each with the file that it stands for: some have no file of their own name. */
  readonly otherNames: () => readonly (readonly [path: string, file: string])[];
}

/**
 * The files of STATIC_ROOT, found at start, with their headers decided. A request only looks up a name, so a file that
 * was not found cannot be requested, however its path is written.
 */
export class StaticRoot implements AssetSource {
  readonly #parts: StaticRootParts;
  #assets: ReadonlyMap<string, FoundAsset>;

  /** Throws if the site's function returns headers that cannot be sent. */
  constructor(parts: StaticRootParts) {
    this.#parts = parts;
    this.#assets = this.#scan();
  }

  find(path: string): FoundAsset | undefined {
    return this.#assets.get(path);
  }

  /** Looks for files again. Each request sees either the old set or the new one. */
  reload(): void {
    this.#assets = this.#scan();
  }

  #scan(): ReadonlyMap<string, FoundAsset> {
    const files = new Set<string>();
    this.#walk('', [], files);
    const plain = [...files]
      .filter((path) => !isCodingName(path, files))
      .map((path) => [path, path] as const);
    const known = new Map([...this.#parts.otherNames().filter(([, file]) => files.has(file)), ...plain]);
    return new Map([...known].map(([path, file]) => [path, this.#assetOf(path, file, files)]));
  }

  #assetOf(path: string, file: string, files: ReadonlySet<string>): FoundAsset {
    const codings = assetCodings.filter((coding) => files.has(file + codingSuffixes[coding]));
    return { path, file: join(this.#parts.root, file), codings, answer: this.#answerOf(path, file) };
  }

  #answerOf(path: string, file: string): AssetAnswer {
    const { root, urlPath, options } = this.#parts;
    const name = { path, url: `${urlPath}${path}` };
    const modifiedSeconds = Math.floor(
      (statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0) / 1000,
    );
    return answerOf(name, options, () => cacheControlOf({ ...name, modifiedSeconds }, options));
  }

  /** Walks a folder. `above` are the real paths of the folders above it: a link back to one of them is not followed. */
  #walk(folder: string, above: readonly string[], files: Set<string>): void {
    const absolute = join(this.#parts.root, folder);
    for (const entry of this.#entriesOf(absolute)) {
      const path = `${folder}${entry.name}`;
      if (!isServable(path)) continue;
      const kind = this.#kindOf(entry, join(absolute, entry.name));
      if (kind?.isFile()) files.add(path);
      else if (kind?.isDirectory()) this.#descend(`${path}/`, above, files);
    }
  }

  #descend(folder: string, above: readonly string[], files: Set<string>): void {
    const { root, options } = this.#parts;
    const real = options.symlinks ? realpathSync(join(root, folder)) : folder;
    if (!above.includes(real)) this.#walk(folder, [...above, real], files);
  }

  #entriesOf(folder: string): readonly Dirent[] {
    try {
      return readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      // If STATIC_ROOT is missing, or a folder may not be read, the site runs, and the log reports it.
      if (!['ENOENT', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG'].includes(systemErrorCode(error) ?? ''))
        throw error;
      this.#parts.logger.warn({ folder, err: error }, 'assets cannot be served from a folder');
      return [];
    }
  }

  /** Returns what an entry, or the target of a link, is. `undefined` if a link leads nowhere, or is not followed. */
  #kindOf(entry: Dirent, file: string): Dirent | Stats | undefined {
    if (!entry.isSymbolicLink()) return entry;
    if (!this.#parts.options.symlinks) return undefined;
    try {
      return statSync(file);
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes(systemErrorCode(error) ?? '')) throw error;
      this.#parts.logger.warn({ file, err: error }, 'an asset is a broken symbolic link');
      return undefined;
    }
  }
}
