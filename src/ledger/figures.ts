import type { Measured, NginxSeen, PageHits, RefusedPage, RuleVisits } from '../metrics.js';
import type { DiskUse, EvictionCause } from './removals.js';

export interface Statistics {
  readonly pages: number;
  /** The bytes of the identity bodies: without codings. */
  readonly bytes: number;
  readonly servedByNode: number;
  /** Counted since the ledger was created: what Node counts, and `nginx:<status>` if nginx reports hits. */
  readonly counters: Readonly<Record<string, number>>;
  /** How many pages of each rule were stored for visitors, if nginx reports hits. */
  readonly storedByRule: ReadonlyMap<string, number>;
  /** Counted if nginx reports hits; `undefined` if nothing was counted yet. */
  readonly visits: Visits | undefined;
  /** `undefined` if the pages have no bound. */
  readonly room: RoomFigures | undefined;
}

/** What the pages take of the disk, and the pages that were evicted last, newest first. */
export interface RoomFigures extends DiskUse {
  readonly evicted: readonly EvictedFigure[];
}

export interface EvictedFigure {
  readonly host: string;
  readonly path: string;
  /** The hits that were known when the page was evicted. */
  readonly hits: number;
  readonly bytes: number;
  readonly cause: EvictionCause;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What the visitors of pages got since the hits of nginx are counted. */
export interface Visits {
  /** The most visited rule first. */
  readonly rules: readonly (RuleVisits & { readonly rule: string })[];
  /** Some of the pages: those that nginx sent most often. */
  readonly pages: readonly PageHits[];
}

/** Collects figures. */
export interface FigureRecorder {
  /** Adds the figures of this process to those of all processes. */
  note(measured: Measured): Promise<void>;
}

/** Shows figures. */
export interface FigureReader {
  /** Returns figures for people. */
  statistics(): Statistics;
  /**
   * Returns at most two entries, the newest first: the last noted request through nginx that vouched for its host, and
   * the last that did not.
   */
  nginxSeen(): readonly NginxSeen[];
  /** Returns why a page was last refused; `undefined` if that is not known. */
  lastRefusal(host: string, path: string): RefusedPage | undefined;
  /** Returns the pages whose last refusal had this reason, newest first. */
  lastRefusals(reason: string, limit: number): readonly RefusedPage[];
}
