import type { FoundPage } from './pages.js';

/** Keys and file names of some hundred bytes each: a few megabytes at the most. */
const MAX_PAGES = 5_000;

/**
 * The pages that were found since the ledger last changed. A ledger tells more cheaply that nothing was committed than
 * what it knows of a page; with the first commit, of whichever process, all is asked again.
 */
export class FoundPages {
  readonly #pages = new Map<string, FoundPage>();
  #version = Number.NaN;

  /** What was found at this version of the ledger, or what is found now. */
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

  /** Forgets all: a commit of this connection, or another file, does not change the version. */
  forget(version = Number.NaN): void {
    this.#pages.clear();
    this.#version = version;
  }
}
