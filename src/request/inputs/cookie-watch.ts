import type { ServerResponse } from 'node:http';
import type { CookieLog, Entries, Leases } from '../../ledger/ledger.js';
import type { Logger } from '../../log.js';
import { hiddenCookieNames } from '../../page/response/set-cookie.js';
import { holdResponse } from '../response/hold.js';
import { withholdBytes } from '../response/withhold.js';
import { isStream } from '../visit.js';

const LEARNED =
  'the app sets these cookies with HttpOnly, and no option lists them: from now on, visitors who send one bypass the pages, all pages are rendered again, and the server in front serves new pages only after its configuration has been generated again; add them to the option `bypassCookies`, or to `ignoreCookies` if no page depends on them';
const REFUSED =
  'the app keeps setting new cookies with HttpOnly that no option lists, and no more of them are learned, so visitors who send one get stored pages; add them to the option `bypassCookies`, or to `ignoreCookies` if no page depends on them, with `*` for the part of their names that changes';

export interface CookieWatchParts {
  readonly ledger: CookieLog & Leases;
  /** Whether a name is on no list of the site. */
  readonly isUnknown: (name: string) => boolean;
  /** Resolves when the ledger has what is known of the server in front. */
  readonly noteFront: () => Promise<void>;
  /** Resolves when the pages are gone. */
  readonly deletePages: (entries: Entries) => Promise<unknown>;
  readonly onFault: (error: unknown) => void;
  readonly logger: Logger;
}

/**
 * Sees which cookies the app sets with HttpOnly. A name that is on no list is learned before the response leaves: when
 * the visitor has the cookie, every process knows it, and no page is left for a server in front that does not know it.
 */
export class CookieWatch {
  readonly #parts: CookieWatchParts;
  /** The generation of the ledger to which the fields below belong. */
  #generation: number | undefined;
  /** Names for which nothing more has to be done. */
  #settled = new Set<string>();
  #isFull = false;
  #learning: Promise<void> = Promise.resolve();
  readonly #writeHead: ServerResponse['writeHead'];

  constructor(parts: CookieWatchParts) {
    this.#parts = parts;
    const afterHead = (response: ServerResponse, result: ServerResponse) => this.#afterHead(response, result);
    this.#writeHead = function writeHead(this: ServerResponse, ...given: unknown[]): ServerResponse {
      let below: ServerResponse = Object.getPrototypeOf(this);
      // The app may call it on an object that has the response as its prototype.
      while (below.writeHead === writeHead) below = Object.getPrototypeOf(below);
      return afterHead(this, Reflect.apply(below.writeHead, this, given));
    };
  }

  /**
   * Looks at the head when it has been written, with what outer middleware has added. Node stores the headers given to
   * `writeHead` if a header was set before, and we have set one.
   */
  watch(response: ServerResponse): void {
    if (isStream(response)) this.#watchStream(response);
    else this.#watchConnection(response);
  }

  /** Many streams of HTTP/2 share a connection, so the head is held instead, and judged by what it has here. */
  #watchStream(response: ServerResponse): void {
    holdResponse(response, (_status, headers) =>
      this.#look([headers['set-cookie'] ?? []].flat().map(String)),
    );
  }

  /** Uses one function for all responses without an own `writeHead`, so that V8 recognizes it, in Node's code too. */
  #watchConnection(response: ServerResponse): void {
    if (Object.hasOwn(response, 'writeHead')) {
      const { writeHead } = response;
      response.writeHead = (...given) => this.#afterHead(response, Reflect.apply(writeHead, response, given));
    } else response.writeHead = this.#writeHead;
  }

  #afterHead(response: ServerResponse, result: ServerResponse): ServerResponse {
    const lines = response.getHeader('set-cookie');
    const learned = lines === undefined ? undefined : this.#look([lines].flat().map(String));
    if (learned !== undefined) withholdBytes(response, learned);
    return result;
  }

  /** Resolves when the new names in these lines of Set-Cookie have been learned; `undefined` if no name is new. */
  #look(lines: readonly string[]): Promise<void> | undefined {
    const unknown = hiddenCookieNames(lines).filter(this.#parts.isUnknown);
    if (unknown.length === 0) return undefined;
    try {
      this.#followLedger();
    } catch (error) {
      this.#parts.onFault(error);
      return undefined;
    }
    const open = this.#openOf(unknown);
    if (open.length === 0) return undefined;
    this.#learning = this.#learning.then(() => this.#learn(open)).catch(this.#parts.onFault);
    return this.#learning;
  }

  /** Starts again if the ledger is another file, which knows nothing of what was learned. */
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
