import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';

/** A folder that is ours has a symbolic link in it, which may lead anywhere. */
export class LinkError extends Error {
  readonly code = 'ELOOP';
  readonly path: string;

  constructor(link: string) {
    super(`ELOOP: ${link} is a symbolic link, which is not followed; put a folder in its place`);
    this.path = link;
  }
}

/**
 * The first folder between `root` and `file`, which lies below it, that is a symbolic link. The root itself may be one, and
 * the file is not looked at: to rename over it or to remove it concerns the link alone.
 */
export function linkBetween(root: string, file: string): string | undefined {
  for (let end = file.indexOf('/', root.length + 1); end !== -1; end = file.indexOf('/', end + 1)) {
    const folder = file.slice(0, end);
    const status = lstatSync(folder, { throwIfNoEntry: false });
    if (status?.isSymbolicLink()) return folder;
    // Nothing is there, or a file, which has nothing below it.
    if (!status?.isDirectory()) return undefined;
  }
  return undefined;
}

/** Throws a {@link LinkError} if there is one: see {@link linkBetween}. */
export function refuseLinkBetween(root: string, file: string): void {
  const link = linkBetween(root, file);
  if (link !== undefined) throw new LinkError(link);
}

/** What the way to a folder is: folders alone, something that is not there, or a symbolic link. */
export type Way = 'open' | 'missing' | { readonly link: string };

/** Folders below a root, each of which is looked at once: for a while in which nobody else makes or removes any. */
export class KnownFolders {
  readonly #ways: Map<string, Way>;

  /** The root itself may be a link. */
  constructor(root: string) {
    this.#ways = new Map([[root, 'open']]);
  }

  /** The way to a folder that is the root or lies below it. */
  wayTo(folder: string): Way {
    const known = this.#ways.get(folder);
    if (known !== undefined) return known;
    const above = this.wayTo(dirname(folder));
    const way = above === 'open' ? lookAt(folder) : above;
    this.#ways.set(folder, way);
    return way;
  }
}

function lookAt(folder: string): Way {
  const status = lstatSync(folder, { throwIfNoEntry: false });
  if (status?.isSymbolicLink()) return { link: folder };
  return status?.isDirectory() ? 'open' : 'missing';
}
