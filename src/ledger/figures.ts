import type { Measured, NginxSeen, RefusedPage } from '../metrics.js';

export interface Statistics {
  readonly pages: number;
  /** Of the identity bodies. */
  readonly bytes: number;
  readonly servedByNode: number;
  /** Counted by Node since the ledger began; hits of nginx are in its own log. */
  readonly counters: Readonly<Record<string, number>>;
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
