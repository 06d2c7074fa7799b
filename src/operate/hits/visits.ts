import { type Metrics, STORED_BY_RULE } from '../../metrics.js';
import { type PagePath, pageOfFile } from '../../page/layout.js';
import type { Rules } from '../../page/rules.js';
import type { HitMessage } from './message.js';

export interface VisitsParts {
  readonly rules: Rules;
  /** The folders of the site's hosts; one empty name where it has one host. */
  readonly folders: ReadonlySet<string>;
  /** Whether a fingerprint is that of this site's configuration, or of one that lacks what was learned since. */
  readonly isOurs: (fingerprint: string) => boolean;
  /** How many hits stand behind one message. */
  readonly oneIn: number;
  /** Told of each page that nginx has sent, where that decides which are kept. */
  readonly onHit: ((host: string, path: string, times: number) => void) | undefined;
  readonly metrics: Pick<Metrics, 'countVisit' | 'countHit' | 'count'>;
}

/** Counts by rule what visitors of pages get: hits of nginx and of Node, and renders. */
export class Visits {
  readonly #parts: VisitsParts;

  constructor(parts: VisitsParts) {
    this.#parts = parts;
  }

  /** A page was sent by Node. */
  served(page: PagePath): void {
    this.#parts.metrics.countVisit(this.#ruleOf(page), { node: 1 });
  }

  /** A page had to be rendered for a visitor. */
  missed(page: PagePath): void {
    this.#parts.metrics.countVisit(this.#ruleOf(page), { misses: 1 });
  }

  /** A page was stored because a visitor had asked for it. */
  stored(page: PagePath): void {
    this.#parts.metrics.count(`${STORED_BY_RULE}${this.#ruleOf(page)}`);
  }

  /** A page was sent by nginx. What is about no page of this site is not counted. */
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
