import type { OptionReader } from '../option-reader.js';

/** Files that pages are made from, such as Markdown, and the pages that are made from them. */
export interface WatchOptions {
  /** Globs, relative to the working directory: `'content/posts/*.md'`. */
  readonly files: string | readonly string[];
  /**
   * What quickDelete accepts, or a function that returns it for a file, named as in the glob. Put a class into an
   * array.
   */
  readonly pages: string | object | ((file: string) => unknown);
}

/** {@link WatchOptions} with their globs in a list. */
export interface WatchedFiles {
  readonly files: readonly string[];
  readonly pages: WatchOptions['pages'];
}

/** Reads one entry of the option `watch`. */
export function readWatch(read: OptionReader): WatchedFiles {
  read.refuseUnknown(['files', 'pages']);
  const written = read.raw('files');
  const files: readonly unknown[] = Array.isArray(written) ? written : [written];
  const globs = files.filter((file): file is string => typeof file === 'string' && /^[^!]/.test(file));
  if (globs.length < files.length || globs.length === 0)
    read.refuse('files', 'a glob that is not negated, or an array of them', written);
  const pages = read.raw('pages');
  if (isWatchedPages(pages)) return { files: globs, pages };
  read.refuse('pages', 'targets of quickDelete, or a function that returns them for a file', pages);
  return { files: globs, pages: [] };
}

function isWatchedPages(value: unknown): value is WatchOptions['pages'] {
  return value !== null && ['string', 'object', 'function'].includes(typeof value);
}
