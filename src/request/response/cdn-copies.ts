import type { PurgeOutbox } from '../../ledger/ledger.js';
import type { FaultLog } from '../../log.js';
import type { Refusal } from '../../page/reasons.js';
import type { DeclaredHeaders, HeaderValues } from '../../page/response/headers.js';

/** The page of one render; `host` is the folder of its host. */
export interface RenderedPage {
  readonly host: string;
  readonly path: string;
}

export interface CdnCopiesParts {
  readonly outbox: PurgeOutbox;
  /** The headers that allow the CDN to keep pages. */
  readonly headers: DeclaredHeaders;
  readonly faults: FaultLog;
  /** Called when there is something to purge. */
  readonly onNoted: () => void;
}

const NONE: DeclaredHeaders = new Map();

/**
 * A CDN gets a response before it is decided whether the response becomes a page, and before the ledger knows the page.
 * So the ledger first records that the CDN gets it: then any invalidation until the page is stored purges it. A
 * response that is not stored is purged too: if the page was invalidated meanwhile, its body was refused, or the
 * process was killed.
 */
export class CdnCopies {
  readonly #parts: CdnCopiesParts;

  constructor(parts: CdnCopiesParts) {
    this.#parts = parts;
  }

  /** Returns what the CDN gets of one render. A response to HEAD has no bytes that the CDN could keep. */
  of(page: RenderedPage, { isHead = false } = {}): CdnCopy {
    return new CdnCopy(this.#parts, page, isHead);
  }
}

/** What the CDN gets of one render. */
export class CdnCopy {
  readonly #parts: CdnCopiesParts;
  readonly #page: RenderedPage;
  readonly #isHead: boolean;
  #begun: number | undefined;
  #isForAll = true;

  constructor(parts: CdnCopiesParts, page: RenderedPage, isHead: boolean) {
    this.#parts = parts;
    this.#page = page;
    this.#isHead = isHead;
  }

  /** Notes that the response is not for everybody. A CDN would give it to all, whatever their scheme or Accept. */
  isForSome(): void {
    this.#isForAll = false;
  }

  /**
   * Returns the headers for the CDN of a response that may be stored: none if it is not for everybody, or if the ledger
   * cannot record that the CDN gets it.
   */
  headers(): DeclaredHeaders {
    const { headers, outbox } = this.#parts;
    if (!this.#isForAll) return NONE;
    if (this.#isHead) return headers;
    const { host, path } = this.#page;
    this.#begun ??= outbox.begin(host, path);
    return this.#begun === undefined ? NONE : headers;
  }

  /** Returns the headers by which a response is judged: with those for the CDN, whether it gets them or only would. */
  withHeaders(given: HeaderValues): HeaderValues {
    const own = [...this.#parts.headers].map(([name, { value }]) => [name, value] as const);
    return { ...Object.fromEntries(own), ...given };
  }

  /** Called when the render has ended, whether its page was stored or not. Never rejects. */
  async ended(outcome: object | { readonly refusal: Refusal }): Promise<void> {
    const { outbox, faults, onNoted } = this.#parts;
    const reason = 'refusal' in outcome ? outcome.refusal.reason : undefined;
    const isVoid = reason === 'voided' || reason === 'changes-itself';
    const begun = this.#begun;
    const isWrong = reason !== undefined || !this.#isForAll;
    const isToPurge = isVoid || (isWrong && begun !== undefined);
    try {
      if (isToPurge) await outbox.note([{ kind: 'page', ...this.#page }]);
      if (begun !== undefined) await outbox.ended(begun);
      if (isToPurge) onNoted();
    } catch (error) {
      faults.report('cdn-copies', error, this.#page, 'what the CDN may hold could not be recorded');
    }
  }
}
