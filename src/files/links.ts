import { lstatSync } from 'node:fs';

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
