/** How often a page was rendered, and how long that took. */
export interface PageRenders {
  readonly host: string;
  readonly path: string;
  readonly renders: number;
  /** Of all renders together. */
  readonly milliseconds: number;
  /** Of the slowest render. */
  readonly slowest: number;
}

/** Pages that were deleted together. */
export interface DeletedPages {
  /** The kind of target that named them, or why they had to go. */
  readonly cause: string;
  /** What named them, as people write it: the first few. */
  readonly named: readonly string[];
  readonly pages: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What has happened since it was last drained. */
export interface Recent {
  readonly misses: number;
  readonly renders: readonly PageRenders[];
  readonly deletions: readonly DeletedPages[];
}

/** Renders of further pages count by minute only, as those of a page without a name. */
const MAX_PAGES = 5_000;
/** If there are more, the smaller half is forgotten. */
const MAX_DELETIONS = 200;

/** Collects the renders and deletions that are shown over time. It is bounded, however much happens. */
export class RecentEvents {
  #misses = 0;
  #renders = new Map<string, PageRenders>();
  #deletions: DeletedPages[] = [];

  missed(by = 1): void {
    this.#misses += by;
  }

  rendered({ host, path, renders, milliseconds, slowest }: PageRenders): void {
    const known = this.#renders.has(`${host}${path}`) || this.#renders.size < MAX_PAGES;
    const [ofHost, ofPath] = known ? [host, path] : ['', ''];
    const before = this.#renders.get(`${ofHost}${ofPath}`);
    this.#renders.set(`${ofHost}${ofPath}`, {
      ...{ host: ofHost, path: ofPath, renders: renders + (before?.renders ?? 0) },
      milliseconds: milliseconds + (before?.milliseconds ?? 0),
      slowest: Math.max(slowest, before?.slowest ?? 0),
    });
  }

  deleted(pages: DeletedPages): void {
    const last = this.#deletions.at(-1);
    // Pages that no target names, such as expired ones, go a few at a time.
    if (last?.cause === pages.cause && last.named.length + pages.named.length === 0)
      this.#deletions.splice(-1, 1, { ...pages, pages: last.pages + pages.pages });
    else this.#deletions.push(pages);
    if (this.#deletions.length <= MAX_DELETIONS) return;
    const largest = this.#deletions.toSorted((a, b) => b.pages - a.pages).slice(0, MAX_DELETIONS / 2);
    this.#deletions = largest.sort((a, b) => a.at - b.at);
  }

  /** Returns what was collected, and starts again. `undefined` if nothing has happened. */
  drain(): Recent | undefined {
    const recent = {
      misses: this.#misses,
      renders: [...this.#renders.values()],
      deletions: this.#deletions,
    };
    this.#misses = 0;
    this.#renders = new Map();
    this.#deletions = [];
    const isEmpty = recent.misses === 0 && recent.renders.length + recent.deletions.length === 0;
    return isEmpty ? undefined : recent;
  }

  /** Keeps what could not be noted for the next time. */
  giveBack({ misses, renders, deletions }: Recent): void {
    this.missed(misses);
    for (const one of renders) this.rendered(one);
    for (const one of deletions) this.deleted(one);
  }
}
