import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';

/** The error for a symbolic link in a folder that is ours: it may lead anywhere. */
export class LinkError extends Error {
  readonly code = 'ELOOP';
  readonly path: string;

  constructor(link: string) {
    super(`ELOOP: ${link} is a symbolic link, which is not followed; put a folder in its place`);
    this.path = link;
  }
}

/**
 * Returns the first folder between `root` and `file` that is a symbolic link; the file must be below the root. The root
 * itself may be a link. The file is not checked: renaming over it or removing it affects only the link.
 */
export function linkBetween(root: string, file: string): string | undefined {
  for (let end = file.indexOf('/', root.length + 1); end !== -1; end = file.indexOf('/', end + 1)) {
    const folder = file.slice(0, end);
    const status = lstatSync(folder, { throwIfNoEntry: false });
    if (status?.isSymbolicLink()) return folder;
    // There is nothing, or a file, which has nothing below it.
    if (!status?.isDirectory()) return undefined;
  }
  return undefined;
}

/** Throws a {@link LinkError} if {@link linkBetween} finds a link. */
export function refuseLinkBetween(root: string, file: string): void {
  const link = linkBetween(root, file);
  if (link !== undefined) throw new LinkError(link);
}

/** What is on the way to a folder: only folders, something that is missing, or a symbolic link. */
export type Way = 'open' | 'missing' | { readonly link: string };

/** Folders below a root, each checked only once: for a time in which no other process creates or removes any. */
export class KnownFolders {
  readonly #ways: Map<string, Way>;

  /** The root itself may be a link. */
  constructor(root: string) {
    this.#ways = new Map([[root, 'open']]);
  }

  /** Returns the way to a folder that is the root or below it. */
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
