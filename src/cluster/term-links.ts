import { readdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../errors.js';
import { makeFolder } from '../files/folders.js';

/**
 * If the wall clock and the monotonic clock drift apart by more than this between two looks, the wall clock was set.
 */
const CLOCK_SET_MS = 500;
/** Links are kept this much longer, because nginx's time may be a little behind. */
const KEPT_SECONDS = 2;

/**
 * The links by which nginx finds pages. Each is named after one second since 1970, and points to the folder of the
 * pages. A link is made only if the term covers the whole second. So a host whose processes are dead, frozen or cut off
 * stops serving on its own: nginx looks for the name of the second, and finds none.
 */
export class TermLinks {
  readonly #folder: string;
  readonly #termSeconds: number;
  #clocks = Date.now() - performance.now();

  /** `folder` must be inside the folder of the pages. */
  constructor(folder: string, termMilliseconds: number) {
    this.#folder = folder;
    this.#termSeconds = Math.ceil(termMilliseconds / 1000);
  }

  /** Makes the links of all whole seconds until the term ends, and removes those that no term covers. */
  cover(untilWall: number): void {
    makeFolder(this.#folder);
    const now = Math.floor(Date.now() / 1000);
    const clocks = Date.now() - performance.now();
    const wasSet = Math.abs(clocks - this.#clocks) > CLOCK_SET_MS;
    this.#clocks = clocks;
    const there = new Set(readdirSync(this.#folder));
    for (const name of there) if (wasSet || !this.#mayStay(Number(name), now)) this.#remove(name);
    for (let second = now; (second + 1) * 1000 <= untilWall; second += 1)
      if (wasSet || !there.has(String(second))) this.#make(String(second));
  }

  /** Removes all links, so that nginx serves nothing from this host any more. */
  removeAll(): void {
    for (const name of namesOfSeconds(this.#folder)) this.#remove(name);
  }

  /**
   * Other processes of the host make links too, and may have more of their term left, but never more than a whole term.
   */
  #mayStay(second: number, now: number): boolean {
    return second >= now - KEPT_SECONDS && second <= now + this.#termSeconds;
  }

  #make(name: string): void {
    try {
      symlinkSync('..', join(this.#folder, name));
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw error;
    }
  }

  #remove(name: string): void {
    try {
      unlinkSync(join(this.#folder, name));
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    }
  }
}

/** Returns the names that exist; none if there is no such folder. Throws any other error of the file system. */
export function namesOfSeconds(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
