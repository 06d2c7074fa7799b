import type { PurgeOutbox } from '../../ledger/ledger.js';
import type { FaultLog } from '../../log.js';
import type { Refusal } from '../../page/reasons.js';
import type { DeclaredHeaders, HeaderValues } from '../../page/response/headers.js';

/** The page of one render, by the folder of its host. */
export interface RenderedPage {
  readonly host: string;
  readonly path: string;
}

export interface CdnCopiesParts {
  readonly outbox: PurgeOutbox;
  /** What allows the CDN to keep pages. */
  readonly headers: DeclaredHeaders;
  readonly faults: FaultLog;
  /** Called when there is something to purge. */
  readonly onNoted: () => void;
}

const NONE: DeclaredHeaders = new Map();

/**
 * A CDN gets a response before it is decided whether that becomes a page, and before the ledger knows of it. So the ledger is
 * told first that the CDN gets it: whatever is invalidated until the page is stored is purged. What is not stored is purged
 * too: because the page was invalidated meanwhile, because its body was refused, because the process was killed.
 */
export class CdnCopies {
  readonly #parts: CdnCopiesParts;

  constructor(parts: CdnCopiesParts) {
    this.#parts = parts;
  }

  /** The response of one render; to HEAD, it has no bytes that the CDN could keep. */
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

  /** A CDN knows no audience: what differs by scheme or Accept it would give to all. */
  isForSome(): void {
    this.#isForAll = false;
  }

  /**
   * The headers that a response which may be stored gets for the CDN: none, if it is not for everybody, or if it cannot be noted
   * that it gets them.
   */
  headers(): DeclaredHeaders {
    const { headers, outbox } = this.#parts;
    if (!this.#isForAll) return NONE;
    if (this.#isHead) return headers;
    const { host, path } = this.#page;
    this.#begun ??= outbox.begin(host, path);
    return this.#begun === undefined ? NONE : headers;
  }

  /** The headers of a response as it is judged: with those that it gets, or would get. */
  withHeaders(given: HeaderValues): HeaderValues {
    const own = [...this.#parts.headers].map(([name, { value }]) => [name, value] as const);
    return { ...Object.fromEntries(own), ...given };
  }

  /** The render has ended: its page was stored, or not. Never rejects. */
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
