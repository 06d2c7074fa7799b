import type { ServerResponse } from 'node:http';
import type { CookieLog, Entries, Leases } from '../../ledger/ledger.js';
import type { Logger } from '../../log.js';
import { hiddenCookieNames } from '../../page/response/set-cookie.js';
import { withholdBytes } from '../response/withhold.js';

const LEARNED =
  'the app sets these cookies with HttpOnly, and no option lists them: from now on, visitors who send one bypass the pages, all pages are rendered again, and the server in front serves new pages only after its configuration has been generated again; add them to the option `bypassCookies`, or to `ignoreCookies` if no page depends on them';
const REFUSED =
  'the app keeps setting new cookies with HttpOnly that no option lists, and no more of them are learned, so visitors who send one get stored pages; add them to the option `bypassCookies`, or to `ignoreCookies` if no page depends on them, with `*` for the part of their names that changes';

export interface CookieWatchParts {
  readonly ledger: CookieLog & Leases;
  /** Whether no list of the site has a name. */
  readonly isUnknown: (name: string) => boolean;
  /** Resolves when what is known of the server in front is in the ledger. */
  readonly noteFront: () => Promise<void>;
  /** Resolves when the pages are gone. */
  readonly deletePages: (entries: Entries) => Promise<unknown>;
  readonly onFault: (error: unknown) => void;
  readonly logger: Logger;
}

/**
 * Sees which cookies the app sets with HttpOnly. A name that no list has is learned before the response leaves: when its visitor
 * has the cookie, every process knows it, and no page is left for a server in front that does not.
 */
export class CookieWatch {
  readonly #parts: CookieWatchParts;
  /** The ledger that what follows is known of. */
  #generation: number | undefined;
  /** Names of which nothing more has to be done. */
  #settled = new Set<string>();
  #isFull = false;
  #learning: Promise<void> = Promise.resolve();

  constructor(parts: CookieWatchParts) {
    this.#parts = parts;
  }

  /**
   * Looks at the head when it has been written, with what outer middleware has added. Node keeps what `writeHead` is given where
   * a header was set before, as ours was.
   */
  watch(response: ServerResponse): void {
    const { writeHead } = response;
    response.writeHead = (...given: unknown[]): ServerResponse => {
      const result = Reflect.apply(writeHead, response, given);
      const lines = response.getHeader('set-cookie');
      if (lines !== undefined) this.#look(response, [lines].flat().map(String));
      return result;
    };
  }

  #look(response: ServerResponse, lines: readonly string[]): void {
    const unknown = hiddenCookieNames(lines).filter(this.#parts.isUnknown);
    if (unknown.length === 0) return;
    try {
      this.#followLedger();
    } catch (error) {
      this.#parts.onFault(error);
      return;
    }
    const open = this.#openOf(unknown);
    if (open.length === 0) return;
    this.#learning = this.#learning.then(() => this.#learn(open)).catch(this.#parts.onFault);
    withholdBytes(response, this.#learning);
  }

  /** Another file knows nothing of what was learned. */
  #followLedger(): void {
    const { generation } = this.#parts.ledger.lease();
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#settled = new Set();
    this.#isFull = false;
  }

  #openOf(names: readonly string[]): readonly string[] {
    const open = names.filter((name) => !this.#settled.has(name));
    if (!this.#isFull) return open;
    const learned = this.#parts.ledger.learnedCookies();
    return open.filter((name) => learned.includes(name));
  }

  async #learn(names: readonly string[]): Promise<void> {
    const { ledger, isUnknown, noteFront, deletePages, logger } = this.#parts;
    const open = this.#openOf(names);
    if (open.length === 0) return;
    await noteFront();
    const { learned, refused, entries } = await ledger.learnCookies(open, isUnknown);
    if (learned.length > 0) logger.warn({ bypassCookies: { add: learned } }, LEARNED);
    if (refused.length > 0 && !this.#isFull) logger.warn({ names: refused }, REFUSED);
    this.#isFull = refused.length > 0;
    if (entries.sequences.length > 0) await deletePages(entries);
    for (const name of open) if (!refused.includes(name)) this.#settled.add(name);
  }
}
