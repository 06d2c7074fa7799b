import { type DeletedPages, type Recent, RecentEvents } from './metrics/recent.js';

/** Before the pattern of a rule: how many of its pages were stored for visitors, where hits are counted. */
export const STORED_BY_RULE = 'rule-stored:';

/** What was counted since the last time: `hit`, `stored`, `bypass:<reason>`, `refused:<reason>`, `deleted`. */
export type Counts = ReadonlyMap<string, number>;

/** The newest refusal of a page. */
export interface RefusedPage {
  readonly host: string;
  readonly path: string;
  readonly reason: string;
  readonly detail: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface NginxSeen {
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What visitors of the pages of one rule got. */
export interface RuleVisits {
  /** Pages that nginx sent. */
  readonly nginx: number;
  /** Pages that Node sent. */
  readonly node: number;
  /** Pages that were rendered for them, stored or not. */
  readonly misses: number;
  /** Of the bodies that nginx sent. */
  readonly bytes: number;
}

/** How often nginx sent a page. */
export interface PageHits {
  readonly host: string;
  readonly path: string;
  readonly hits: number;
}

/** What is counted where nginx tells of hits. */
export interface Visited {
  /** By the pattern of the rule. */
  readonly rules: ReadonlyMap<string, RuleVisits>;
  readonly pages: readonly PageHits[];
}

export interface Measured {
  readonly counts: Counts;
  /** Undefined: nothing. */
  readonly visited?: Visited | undefined;
  /** Renders and deletions; undefined: there were none. */
  readonly recent?: Recent | undefined;
  readonly refusals: readonly RefusedPage[];
  /** The fingerprint of the nginx that the last request came through, if one did. */
  readonly nginx: NginxSeen | undefined;
}

/** Told of what is counted in this process, as it is counted. */
export interface MetricsObserver {
  counted(name: string, by: number): void;
  rendered(seconds: number): void;
  visited(rule: string, visits: RuleVisits): void;
}

/** Where figures are added up, for all processes of a site. */
export interface MetricsLedger {
  note(measured: Measured): Promise<void>;
}

/** Hostile URLs should not fill the memory between two notes. */
const MAX_REFUSALS = 1_000;
/** The hits of further pages are counted by rule alone. */
const MAX_PAGES = 5_000;
const NO_VISITS: RuleVisits = { nginx: 0, node: 0, misses: 0, bytes: 0 };

/** Counts in memory what requests come to, until the figures are noted. */
export class Metrics {
  #counts = new Map<string, number>();
  #refusals = new Map<string, RefusedPage>();
  #rules = new Map<string, RuleVisits>();
  #pages = new Map<string, PageHits>();
  #nginx: NginxSeen | undefined;
  readonly #recent = new RecentEvents();
  #observers: readonly MetricsObserver[] = [];

  /** Tells of what is counted from now on. */
  observe(observer: MetricsObserver): void {
    this.#observers = [...this.#observers, observer];
  }

  count(name: string, by = 1): void {
    this.#add(name, by);
    this.tell(name, by);
  }

  /** Counts for observers alone: the ledger does not keep it. */
  tell(name: string, by = 1): void {
    for (const observer of this.#observers) observer.counted(name, by);
  }

  /** A visitor has to wait for a render. */
  missed(): void {
    this.#recent.missed();
    this.tell('miss');
  }

  /** The app has answered with what may become a page. */
  rendered({ host, path }: Pick<RefusedPage, 'host' | 'path'>, milliseconds: number): void {
    this.#recent.rendered({ host, path, renders: 1, milliseconds, slowest: milliseconds });
    for (const observer of this.#observers) observer.rendered(milliseconds / 1_000);
  }

  /** Pages were deleted. */
  deleted(pages: Omit<DeletedPages, 'at'>): void {
    if (pages.pages > 0) this.#recent.deleted({ ...pages, at: Date.now() });
    this.tell(`deleted:${pages.cause}`, pages.pages);
  }

  #add(name: string, by: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  refuse(page: RefusedPage): void {
    this.count(`refused:${page.reason}`);
    if (this.#refusals.size < MAX_REFUSALS) this.#refusals.set(`${page.host}${page.path}`, page);
  }

  /** Counts what visitors of a rule's pages got. */
  countVisit(rule: string, visits: Partial<RuleVisits>): void {
    const all = { ...NO_VISITS, ...visits };
    this.#addVisits(rule, all);
    for (const observer of this.#observers) observer.visited(rule, all);
  }

  #addVisits(rule: string, { nginx, node, misses, bytes }: RuleVisits): void {
    const before = this.#rules.get(rule) ?? NO_VISITS;
    this.#rules.set(rule, {
      nginx: before.nginx + nginx,
      node: before.node + node,
      misses: before.misses + misses,
      bytes: before.bytes + bytes,
    });
  }

  /** Counts that nginx sent a page. */
  countHit({ host, path, hits }: PageHits): void {
    const key = `${host}${path}`;
    const before = this.#pages.get(key);
    if (before === undefined && this.#pages.size >= MAX_PAGES) return;
    this.#pages.set(key, { host, path, hits: (before?.hits ?? 0) + hits });
  }

  sawNginx(fingerprint: string): void {
    this.#nginx = { fingerprint, at: Date.now() };
  }

  /** Has the figures since the last time noted, if there are any. What cannot be noted is kept for the next time. */
  async noteIn(ledger: MetricsLedger): Promise<void> {
    const measured = this.#drain();
    if (measured === undefined) return;
    try {
      await ledger.note(measured);
    } catch (error) {
      // The fault that kept it from being noted is among what people want to know.
      this.#giveBack(measured);
      throw error;
    }
  }

  #drain(): Measured | undefined {
    const hasVisits = this.#rules.size > 0 || this.#pages.size > 0;
    const recent = this.#recent.drain();
    const hasCounts = this.#counts.size > 0 || this.#nginx !== undefined;
    if (!hasCounts && !hasVisits && recent === undefined) return undefined;
    const visited = hasVisits ? { rules: this.#rules, pages: [...this.#pages.values()] } : undefined;
    const measured = {
      ...{ counts: this.#counts, visited, recent },
      ...{ refusals: [...this.#refusals.values()], nginx: this.#nginx },
    };
    this.#rules = new Map();
    this.#pages = new Map();
    this.#nginx = undefined;
    this.#counts = new Map();
    this.#refusals = new Map();
    return measured;
  }

  /** Unless something newer is known. */
  #giveBack({ counts, visited, recent, refusals, nginx }: Measured): void {
    if (recent !== undefined) this.#recent.giveBack(recent);
    for (const [name, by] of counts) this.#add(name, by);
    for (const [rule, visits] of visited?.rules ?? []) this.#addVisits(rule, visits);
    for (const page of visited?.pages ?? []) this.countHit(page);
    for (const page of refusals) {
      const key = `${page.host}${page.path}`;
      if (this.#refusals.size < MAX_REFUSALS && !this.#refusals.has(key)) this.#refusals.set(key, page);
    }
    this.#nginx ??= nginx;
  }
}
