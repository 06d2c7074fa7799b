import type { Ledger } from '../../ledger/ledger.js';
import type { MetricsObserver, RuleVisits } from '../../metrics.js';
import { type Counted, type CounterName, counterOf, type GaugeName, type Labels } from './catalogue.js';

/** Where the metrics of the catalogue go. The labels of one series are the same object each time. */
export interface Sink {
  add(counter: CounterName, labels: Labels, by: number): void;
  rendered(seconds: number): void;
}

/** Gives what the code counts to a sink, under the names of the catalogue. */
export function observerFor(sink: Sink): MetricsObserver {
  // As many as there are reasons, causes, faults and rules.
  const known = new Map<string, Counted | undefined>();
  const ofRules = new Map<string, ReturnType<typeof labelsOfRule>>();
  const add = (counter: CounterName, labels: Labels, by: number) => {
    if (by > 0) sink.add(counter, labels, by);
  };
  return {
    counted: (what, by) => {
      const counted = known.get(what) ?? counterOf(what);
      known.set(what, counted);
      if (counted !== undefined) add(...counted, by);
    },
    rendered: (seconds) => sink.rendered(seconds),
    visited: (rule, { nginx, node, misses, bytes }: RuleVisits) => {
      const labels = ofRules.get(rule) ?? labelsOfRule(rule);
      ofRules.set(rule, labels);
      add('visits', labels.nginx, nginx);
      add('visits', labels.node, node);
      add('visits', labels.miss, misses);
      add('sent', labels.sent, bytes);
    },
  };
}

function labelsOfRule(rule: string) {
  return {
    nginx: { rule, result: 'nginx' },
    node: { rule, result: 'node' },
    miss: { rule, result: 'miss' },
    sent: { rule },
  };
}

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
