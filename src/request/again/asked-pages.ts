import { LRUCache } from 'lru-cache';

/** Requests that are further apart do not count together. */
const MAX_PAUSE_MS = 60 * 60 * 1_000;
/** The limit of all keys together, in characters: some ten megabytes at most, whatever clients request. */
const MAX_CHARACTERS = 4_000_000;
/** What a short key takes in addition to its characters. */
const OVERHEAD = 100;

/** Counts how often pages that are not stored were requested. A page that is forgotten starts at zero. */
export class AskedPages {
  readonly #requests = new LRUCache<string, number>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_, key) => key.length + OVERHEAD,
    ttl: MAX_PAUSE_MS,
    perf: performance,
  });

  /** Counts a request. Returns whether the page has now been requested so many times. */
  isOften(key: string, times: number): boolean {
    if (times <= 1) return true;
    const requests = (this.#requests.get(key) ?? 0) + 1;
    this.#requests.set(key, Math.min(requests, times));
    return requests >= times;
  }
}
