import type { CookieReader } from '../../ledger/ledger.js';
import { type CookieLists, compilePersonal, compileUnknown } from '../../page/request/cookies.js';

/** Knows the cookies that are personal because the app was seen to set them, of whichever process of the site. */
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

  /** Those that no list of the site has, in the order in which they were learned; the same array until there is another one. */
  names(): readonly string[] {
    const read = this.#readNames();
    if (read !== this.#read) {
      this.#read = read;
      this.#names = read.filter(this.#isUnknown);
      this.#areIn = compilePersonal({ bypassCookies: this.#names, ignoreCookies: [] });
    }
    return this.#names;
  }

  /** Whether one of them is in a Cookie header. */
  areIn(header: string): boolean {
    return header !== '' && this.names().length > 0 && this.#areIn(header);
  }

  /** Whether neither the lists nor what was learned say anything of a cookie. */
  isUnknown(name: string): boolean {
    return this.#isUnknown(name);
  }

  /** A ledger that cannot be read has nothing new to say. */
  #readNames(): readonly string[] {
    try {
      return this.#ledger.learnedCookies();
    } catch {
      return this.#read;
    }
  }
}
