import type { Measured, NginxSeen, PageHits, RefusedPage, RuleVisits } from '../metrics.js';
import type { DiskUse, EvictionCause } from './removals.js';

export interface Statistics {
  readonly pages: number;
  /** Of the identity bodies. */
  readonly bytes: number;
  readonly servedByNode: number;
  /** Counted since the ledger began: by Node, and `nginx:<status>` where nginx tells of hits. */
  readonly counters: Readonly<Record<string, number>>;
  /** How many pages of each rule were stored for visitors, where nginx tells of hits. */
  readonly storedByRule: ReadonlyMap<string, number>;
  /** Where nginx tells of hits; undefined: nothing was counted yet. */
  readonly visits: Visits | undefined;
  /** Where pages have a bound. */
  readonly room: RoomFigures | undefined;
}

/** What pages take of the disk, and which have left because of a bound: the last, the newest first. */
export interface RoomFigures extends DiskUse {
  readonly evicted: readonly EvictedFigure[];
}

export interface EvictedFigure {
  readonly host: string;
  readonly path: string;
  /** That were known when it left. */
  readonly hits: number;
  readonly bytes: number;
  readonly cause: EvictionCause;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What visitors of pages got since hits of nginx are counted. */
export interface Visits {
  /** The most visited first. */
  readonly rules: readonly (RuleVisits & { readonly rule: string })[];
  /** The pages that nginx sent most often, some of them. */
  readonly pages: readonly PageHits[];
}

/** Collects figures. */
export interface FigureRecorder {
  /** Adds figures of this process to those of all. */
  note(measured: Measured): Promise<void>;
}

/** Shows figures. */
export interface FigureReader {
  /** Figures for people. */
  statistics(): Statistics;
  /**
   * What the last request through nginx has shown of it, of those that processes have noted, and the last before that vouched
   * for its host, or did not. The newest first.
   */
  nginxSeen(): readonly NginxSeen[];
  /** Why a page was last refused; undefined if that is not known. */
  lastRefusal(host: string, path: string): RefusedPage | undefined;
  /** Pages that were refused for a reason when they were refused last, the newest first. */
  lastRefusals(reason: string, limit: number): readonly RefusedPage[];
}
