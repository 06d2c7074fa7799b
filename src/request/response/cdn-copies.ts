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
 * A CDN gets a response before it is decided whether that becomes a page. So what a render has sent to it, and the ledger will
 * not know of, is purged: because the page was invalidated meanwhile, because its body was refused, because the process was
 * killed.
 */
export class CdnCopies {
  readonly #parts: CdnCopiesParts;

  constructor(parts: CdnCopiesParts) {
    this.#parts = parts;
  }

  /** The response of one render. */
  of(page: RenderedPage): CdnCopy {
    return new CdnCopy(this.#parts, page);
  }
}

/** What the CDN gets of one render. */
export class CdnCopy {
  readonly #parts: CdnCopiesParts;
  readonly #page: RenderedPage;
  #begun: number | undefined;

  constructor(parts: CdnCopiesParts, page: RenderedPage) {
    this.#parts = parts;
    this.#page = page;
  }

  /** The headers that the response gets for the CDN: none, if it cannot be noted that it gets them. */
  headers(): DeclaredHeaders {
    const { headers, outbox } = this.#parts;
    if (headers.size === 0) return NONE;
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
    const refusal = 'refusal' in outcome ? outcome.refusal : undefined;
    const isVoid = refusal?.reason === 'voided' || refusal?.reason === 'changes-itself';
    const begun = this.#begun;
    try {
      const isToPurge = isVoid || (refusal !== undefined && begun !== undefined);
      if (isToPurge) await outbox.note([{ kind: 'page', ...this.#page }]);
      if (begun !== undefined) await outbox.ended(begun);
      if (isToPurge) onNoted();
    } catch (error) {
      faults.report('cdn-copies', error, this.#page, 'it could not be noted what the CDN may have');
    }
  }
}
