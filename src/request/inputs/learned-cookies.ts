import type { CookieReader } from '../../ledger/ledger.js';
import { type CookieLists, compilePersonal, compileUnknown } from '../../page/request/cookies.js';

/** Knows the cookies that are personal because any process of the site has seen the app set them. */
export class LearnedCookies {
  readonly #ledger: CookieReader;
  readonly #isUnknown: (name: string) => boolean;
  #read: readonly string[] = [];
  #names: readonly string[] = [];
  #areIn: (header: string) => boolean = () => false;

  constructor(ledger: CookieReader, lists: CookieLists) {
    this.#ledger = ledger;
    this.#isUnknown = compileUnknown(lists);
  }

  /** Returns those on no list of the site, in the order of learning; always the same array until one is added. */
  names(): readonly string[] {
    const read = this.#readNames();
    if (read !== this.#read) {
      this.#read = read;
      this.#names = read.filter(this.#isUnknown);
      this.#areIn = compilePersonal({ bypassCookies: this.#names, ignoreCookies: [] });
    }
    return this.#names;
  }

  /** Whether a Cookie header has one of them. */
  areIn(header: string): boolean {
    return header !== '' && this.names().length > 0 && this.#areIn(header);
  }

  /** Whether a cookie is on no list of the site, whether it was learned or not. */
  isUnknown(name: string): boolean {
    return this.#isUnknown(name);
  }

  /** Returns what was read last if the ledger cannot be read. */
  #readNames(): readonly string[] {
    try {
      return this.#ledger.learnedCookies();
    } catch {
      return this.#read;
    }
  }
}
