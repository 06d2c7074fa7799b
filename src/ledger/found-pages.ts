import type { FoundPage } from './pages.js';

/** Keys and file names have a few hundred bytes each, so this is a few megabytes at most. */
const MAX_PAGES = 5_000;

/**
 * The pages that were found since the ledger last changed. Asking the ledger whether anything was committed is cheaper
 * than looking up a page. After a commit of any process, every page is looked up again.
 */
export class FoundPages {
  readonly #pages = new Map<string, FoundPage>();
  #version = Number.NaN;

  /** Returns what was found at this version of the ledger, or else what `find` finds now. */
  get(key: string, version: number, find: () => FoundPage | undefined): FoundPage | undefined {
    if (version !== this.#version) this.forget(version);
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    const found = find();
    if (found === undefined) return undefined;
    if (this.#pages.size >= MAX_PAGES) this.#pages.clear();
    this.#pages.set(key, found);
    return found;
  }

  /** Forgets all pages: the version does not change with a commit of this connection or with another file. */
  forget(version = Number.NaN): void {
    this.#pages.clear();
    this.#version = version;
  }
}
