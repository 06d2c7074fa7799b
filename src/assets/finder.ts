import { readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import micromatch from 'micromatch';
import { StaticGeneratorError, systemErrorCode } from '../errors.js';
import { isInside } from '../files/folders.js';
import type { AssetPlace, ResolvedAssetOptions } from './options.js';
import { isServable } from './serve/path.js';
import { unreadableError } from './unreadable.js';

/** A file that is an asset. */
export interface SourceAsset {
  /** Its name in templates: `css/site.css`. */
  readonly logicalPath: string;
  /** The folder that was searched. */
  readonly folder: string;
  /** The path of the file. */
  readonly file: string;
  readonly stats: Stats;
}

/** Something in a folder that cannot be an asset, and why. */
export interface SkippedEntry {
  readonly file: string;
  readonly reason: string;
}

/** Everything that the places contain. */
export interface Inventory {
  /** The assets, sorted by name. */
  readonly assets: readonly SourceAsset[];
  /** Files that another file of the same name hides: the first place wins. */
  readonly hidden: readonly (SourceAsset & { readonly by: string })[];
  readonly skipped: readonly SkippedEntry[];
  /** Folders that do not exist. */
  readonly absent: readonly string[];
}

const LEADS_OUT = 'it is a symbolic link out of its folder; `symlinks: true` follows such links';

/** A place, with the path of its folder on the disk. */
interface Folder {
  readonly prefix: string;
  readonly path: string;
  /** The files in which builds list what they have put into it. */
  readonly buildManifests: readonly string[];
}

/** Finds assets by name in the places of the options, in their order. */
export class AssetFinder {
  readonly #places: readonly AssetPlace[];
  readonly #ignored: (name: string) => boolean;
  readonly #followsLinks: boolean;
  #folders: readonly Folder[] | undefined;

  constructor({ places, ignore, serve }: Pick<ResolvedAssetOptions, 'places' | 'ignore' | 'serve'>) {
    this.#places = places;
    this.#followsLinks = serve.symlinks;
    this.#ignored = compileIgnore(ignore);
  }

  /** The folders to search, in order, also those of packages. Throws `ERR_ASSET_PACKAGE` for one that is not there. */
  get folders(): readonly Folder[] {
    this.#folders ??= this.#places.map(locate);
    return this.#folders;
  }

  /** Returns the file that a name stands for, or `undefined`. */
  find(logicalPath: string): SourceAsset | undefined {
    return this.#search(logicalPath).next().value ?? undefined;
  }

  /** Returns every file of that name; the one that is served comes first. */
  findAll(logicalPath: string): readonly SourceAsset[] {
    return [...this.#search(logicalPath)];
  }

  *#search(logicalPath: string): Generator<SourceAsset, undefined> {
    if (!isLogicalPath(logicalPath)) return undefined;
    for (const { prefix, path } of this.folders) {
      if (!logicalPath.startsWith(prefix)) continue;
      const name = logicalPath.slice(prefix.length);
      if (name === '' || this.#isIgnored(name)) continue;
      const file = join(path, name);
      const stats = statIfFile(file);
      if (stats !== undefined && this.#isWithin(path, file)) yield { logicalPath, folder: path, file, stats };
    }
    return undefined;
  }

  /** Whether no link leads out of the folder, or such links may be followed. The folder itself may be a link. */
  #isWithin(folder: string, file: string): boolean {
    return this.#followsLinks || isInside(realpathSync(folder), realpathSync(file));
  }

  /** Whether a name is ignored. A file in an ignored folder is ignored too. */
  #isIgnored(name: string): boolean {
    const components = name.split('/');
    return components.some((_, index) => this.#ignored(components.slice(0, index + 1).join('/')));
  }

  /** Returns everything that the places contain. Throws `ERR_ASSET_UNREADABLE` for a folder that cannot be read. */
  list(): Inventory {
    const assets = new Map<string, SourceAsset>();
    const hidden: (SourceAsset & { by: string })[] = [];
    const skipped: SkippedEntry[] = [];
    const absent: string[] = [];
    for (const folder of this.folders) {
      if (!isFolder(folder.path)) absent.push(folder.path);
      else
        for (const found of this.#walk(folder, '', skipped)) {
          const first = assets.get(found.logicalPath);
          if (first === undefined) assets.set(found.logicalPath, found);
          else hidden.push({ ...found, by: first.file });
        }
    }
    const sorted = [...assets.values()].sort((one, other) => compare(one.logicalPath, other.logicalPath));
    return { assets: sorted, hidden, skipped, absent };
  }

  *#walk(folder: Folder, within: string, skipped: SkippedEntry[]): Generator<SourceAsset> {
    const names = readFolder(join(folder.path, within));
    for (const raw of names.toSorted(Buffer.compare)) {
      const base = raw.toString('utf8');
      const name = within === '' ? base : `${within}/${base}`;
      const file = join(folder.path, name);
      if (this.#ignored(name)) continue;
      const stats = Buffer.from(base).equals(raw) ? statOrReason(file) : 'its name is not UTF-8';
      if (typeof stats === 'string') skipped.push({ file, reason: stats });
      else if (!isLogicalPath(`${folder.prefix}${name}`))
        skipped.push({ file, reason: 'a file with this name cannot be served' });
      else if (!stats.isDirectory() && !stats.isFile())
        skipped.push({ file, reason: 'it is not a regular file' });
      else if (!this.#isWithin(folder.path, file)) skipped.push({ file, reason: LEADS_OUT });
      else if (stats.isDirectory()) yield* this.#walkInto(folder, name, skipped);
      else yield { logicalPath: `${folder.prefix}${name}`, folder: folder.path, file, stats };
    }
  }

  /** Walks a folder, except one that contains itself: links to folders may lead in a circle. */
  *#walkInto(folder: Folder, name: string, skipped: SkippedEntry[]): Generator<SourceAsset> {
    const own = statSync(join(folder.path, name));
    for (let above = name; above !== ''; ) {
      above = dirname(above) === '.' ? '' : dirname(above);
      const { dev, ino } = statSync(join(folder.path, above));
      if (dev !== own.dev || ino !== own.ino) continue;
      skipped.push({
        file: join(folder.path, name),
        reason: 'it is a symbolic link to a folder that contains it',
      });
      return;
    }
    yield* this.#walk(folder, name, skipped);
  }
}

/** Whether a name can be that of an asset: one that a request can ask for. */
function isLogicalPath(name: string): boolean {
  return name !== '' && !name.endsWith('/') && !name.includes('\\') && isServable(name);
}

/** Compares by code units, so that no locale changes the order. */
export function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function compileIgnore(globs: readonly string[]): (name: string) => boolean {
  const matches = globs.map((glob) => micromatch.matcher(glob, { dot: true }));
  return (name) => {
    const base = name.slice(name.lastIndexOf('/') + 1);
    return matches.some((match) => match(base) || match(name));
  };
}

function locate({ prefix, path, packageName, buildManifests }: AssetPlace): Folder {
  const folder = packageName === undefined ? path : join(packageFolder(packageName), path);
  return { prefix, path: folder, buildManifests };
}

/** Looks for the folder where Node looks for packages: the package's `exports` may hide its package.json. */
function packageFolder(name: string): string {
  const start = join(process.cwd(), 'package.json');
  const parents = createRequire(start).resolve.paths(name) ?? [];
  const found = parents.map((parent) => join(parent, name)).find(isFolder);
  if (found !== undefined) return found;
  throw new StaticGeneratorError(
    'ERR_ASSET_PACKAGE',
    `The package ${name} of \`assets.packages\` is not in ${join(process.cwd(), 'node_modules')}. Install it: npm install ${name}`,
    { fields: { package: name } },
  );
}

function readFolder(path: string): readonly Buffer[] {
  try {
    return readdirSync(path, { encoding: 'buffer' });
  } catch (cause) {
    throw unreadableError([{ path, cause }]);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** No such file: a part of its path does not exist, is not a folder, is too long, or links in a circle. */
const NOT_THERE: readonly string[] = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'];

function statIfFile(file: string): Stats | undefined {
  try {
    const stats = statSync(file);
    return stats.isFile() ? stats : undefined;
  } catch (error) {
    if (NOT_THERE.includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

function statOrReason(file: string): Stats | string {
  try {
    return statSync(file);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return 'it is a broken symbolic link';
    if (code === 'ELOOP') return 'it is a symbolic link to itself';
    throw error;
  }
}
