import type { Ledger } from '../../ledger/ledger.js';
import type { GaugeName, Labels } from './catalogue.js';

export type GaugeValues = readonly (readonly [labels: Labels, value: number])[];

/** Reads the gauges of the catalogue. */
export type GaugeReader = (gauge: GaugeName) => GaugeValues;

export interface GaugeParts {
  readonly ledger: Pick<Ledger, 'statistics' | 'unapplied' | 'backlog'>;
  /** Whether the ledger is closed: then there are no values. */
  readonly isOver: () => boolean;
}

const NGINX: Labels = { served_by: 'nginx' };
const NODE: Labels = { served_by: 'node' };
const NONE: Labels = {};

export function gaugeReader({ ledger, isOver }: GaugeParts): GaugeReader {
  const readers: Readonly<Record<GaugeName, () => GaugeValues>> = {
    pages: () => {
      const { pages, servedByNode } = ledger.statistics();
      return [
        [NGINX, pages - servedByNode],
        [NODE, servedByNode],
      ];
    },
    bytes: () => [[NONE, ledger.statistics().bytes]],
    unapplied: () => [[NONE, ledger.unapplied().sequences.length]],
    waiting: () => [[NONE, ledger.backlog()?.waiting ?? 0]],
  };
  return (gauge) => (isOver() ? [] : readers[gauge]());
}
