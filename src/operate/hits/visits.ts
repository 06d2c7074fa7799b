import { type Metrics, STORED_BY_RULE } from '../../metrics.js';
import { type PagePath, pageOfFile } from '../../page/layout.js';
import type { Rules } from '../../page/rules.js';
import type { HitMessage } from './message.js';

export interface VisitsParts {
  readonly rules: Rules;
  /** The folders of the site's hosts; one empty name if the site has one host. */
  readonly folders: ReadonlySet<string>;
  /** Whether a fingerprint is that of this site's configuration, possibly without what was learned since. */
  readonly isOurs: (fingerprint: string) => boolean;
  /** How many hits one message stands for. */
  readonly oneIn: number;
  /** Called for each page that nginx has sent, if that decides which pages are kept. */
  readonly onHit: ((host: string, path: string, times: number) => void) | undefined;
  readonly metrics: Pick<Metrics, 'countVisit' | 'countHit' | 'count'>;
}

/** Counts by rule what visitors of pages get: hits of nginx and of Node, and renders. */
export class Visits {
  readonly #parts: VisitsParts;

  constructor(parts: VisitsParts) {
    this.#parts = parts;
  }

  /** Counts a page that Node sent. */
  served(page: PagePath): void {
    this.#parts.metrics.countVisit(this.#ruleOf(page), { node: 1 });
  }

  /** Counts a page that had to be rendered for a visitor. */
  missed(page: PagePath): void {
    this.#parts.metrics.countVisit(this.#ruleOf(page), { misses: 1 });
  }

  /** Counts a page that was stored because a visitor requested it. */
  stored(page: PagePath): void {
    this.#parts.metrics.count(`${STORED_BY_RULE}${this.#ruleOf(page)}`);
  }

  /** Counts a page that nginx sent. Ignores messages about anything that is no page of this site. */
  told({ fingerprint, status, bytes, folder, file }: HitMessage): void {
    const { isOurs, folders, rules, oneIn: times, metrics, onHit } = this.#parts;
    if (!isOurs(fingerprint) || !folders.has(folder)) return;
    const page = pageOfFile(file);
    if (page === undefined || rules.match(page.decoded) !== 'page') return;
    metrics.count(`nginx:${status}`, times);
    metrics.countVisit(this.#ruleOf(page), { nginx: times, bytes: bytes * times });
    metrics.countHit({ host: folder, path: page.path, hits: times });
    onHit?.(folder, page.path, times);
  }

  #ruleOf({ decoded }: PagePath): string {
    return String(this.#parts.rules.ruleOf(decoded)?.pattern ?? '');
  }
}
