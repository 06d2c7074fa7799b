import { type DeletedPages, type Recent, RecentEvents } from './metrics/recent.js';

/** The prefix of the counts of pages stored for visitors, if hits are counted. The pattern of the rule follows it. */
export const STORED_BY_RULE = 'rule-stored:';

/** What was counted since the last note: `hit`, `stored`, `bypass:<reason>`, `refused:<reason>`, `deleted`. */
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
  /** Pages that were rendered for visitors, stored or not. */
  readonly misses: number;
  /** The bytes of the bodies that nginx sent. */
  readonly bytes: number;
}

/** How often nginx sent a page. */
export interface PageHits {
  readonly host: string;
  readonly path: string;
  readonly hits: number;
}

/** What is counted if nginx reports hits. */
export interface Visited {
  /** The visits, by the pattern of the rule. */
  readonly rules: ReadonlyMap<string, RuleVisits>;
  readonly pages: readonly PageHits[];
}

export interface Measured {
  readonly counts: Counts;
  /** `undefined` if nothing was counted. */
  readonly visited?: Visited | undefined;
  /** Renders and deletions; `undefined` if there were none. */
  readonly recent?: Recent | undefined;
  readonly refusals: readonly RefusedPage[];
  /** The fingerprint of the nginx through which the last request came; `undefined` if none came through nginx. */
  readonly nginx: NginxSeen | undefined;
}

/** Gets a report of everything that this process counts, when it counts it. */
export interface MetricsObserver {
  counted(name: string, by: number): void;
  rendered(seconds: number): void;
  visited(rule: string, visits: RuleVisits): void;
}

/** Adds up the figures of all processes of a site. */
export interface MetricsLedger {
  note(measured: Measured): Promise<void>;
}

/** A limit, so that hostile URLs do not fill the memory between two notes. */
const MAX_REFUSALS = 1_000;
/** The hits of further pages are counted only by rule. */
const MAX_PAGES = 5_000;
const NO_VISITS: RuleVisits = { nginx: 0, node: 0, misses: 0, bytes: 0 };

/** Counts in memory how requests were answered, until the figures are noted. */
export class Metrics {
  #counts = new Map<string, number>();
  #refusals = new Map<string, RefusedPage>();
  #rules = new Map<string, RuleVisits>();
  #pages = new Map<string, PageHits>();
  #nginx: NginxSeen | undefined;
  readonly #recent = new RecentEvents();
  #observers: readonly MetricsObserver[] = [];

  /** Reports everything that is counted from now on. */
  observe(observer: MetricsObserver): void {
    this.#observers = [...this.#observers, observer];
  }

  count(name: string, by = 1): void {
    this.#add(name, by);
    this.tell(name, by);
  }

  /** Counts for observers only: the ledger does not keep it. */
  tell(name: string, by = 1): void {
    for (const observer of this.#observers) observer.counted(name, by);
  }

  /** Counts a visitor who has to wait for a render. */
  missed(): void {
    this.#recent.missed();
    this.tell('miss');
  }

  /** Counts an answer of the app that may become a page, and the time of its render. */
  rendered({ host, path }: Pick<RefusedPage, 'host' | 'path'>, milliseconds: number): void {
    this.#recent.rendered({ host, path, renders: 1, milliseconds, slowest: milliseconds });
    for (const observer of this.#observers) observer.rendered(milliseconds / 1_000);
  }

  /** Counts pages that were deleted. */
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

  /** Counts how often nginx sent a page. */
  countHit({ host, path, hits }: PageHits): void {
    const key = `${host}${path}`;
    const before = this.#pages.get(key);
    if (before === undefined && this.#pages.size >= MAX_PAGES) return;
    this.#pages.set(key, { host, path, hits: (before?.hits ?? 0) + hits });
  }

  sawNginx(fingerprint: string): void {
    this.#nginx = { fingerprint, at: Date.now() };
  }

  /** Notes the new figures in the ledger, if there are any. If that fails, they are kept for the next time. */
  async noteIn(ledger: MetricsLedger): Promise<void> {
    const measured = this.#drain();
    if (measured === undefined) return;
    try {
      await ledger.note(measured);
    } catch (error) {
      // The figures may show the fault that kept them from being noted, and people want to see it.
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

  /** Adds figures that could not be noted to the new ones. A newer refusal of a page and a newer fingerprint stay. */
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
