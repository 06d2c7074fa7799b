import type { MetricsObserver, RuleVisits } from '../../metrics.js';
import { type CounterName, counterOf, type Labels } from './catalogue.js';

/** What was counted for one set of labels, and has not been taken yet. */
interface Series {
  readonly labels: Labels;
  pending: number;
}

type SeriesOfRule = Readonly<Record<'nginx' | 'node' | 'miss' | 'sent', Series>>;

/**
 * Adds up what the code counts, under the names of the catalogue, until it is read. A library's counter takes its
 * labels apart at each call, which would cost a twentieth of the time of a hit.
 */
export class Tally implements MetricsObserver {
  readonly #onRendered: (seconds: number) => void;
  readonly #onFault: (error: unknown) => void;
  readonly #byCounter = new Map<CounterName, Series[]>();
  // It has as many entries as there are reasons, causes, faults and rules.
  readonly #known = new Map<string, Series | 'no metric'>();
  readonly #ofRules = new Map<string, SeriesOfRule>();

  constructor(onRendered: (seconds: number) => void, onFault: (error: unknown) => void) {
    this.#onRendered = onRendered;
    this.#onFault = onFault;
  }

  counted(what: string, by: number): void {
    if (by <= 0) return;
    const series = this.#known.get(what) ?? this.#begin(what);
    if (series !== 'no metric') series.pending += by;
  }

  /** Calls the library while a visitor waits, the only place that does. An error of it does not fail the render. */
  rendered(seconds: number): void {
    try {
      this.#onRendered(seconds);
    } catch (error) {
      this.#onFault(error);
    }
  }

  visited(rule: string, { nginx, node, misses, bytes }: RuleVisits): void {
    const series = this.#ofRules.get(rule) ?? this.#beginRule(rule);
    series.nginx.pending += nginx;
    series.node.pending += node;
    series.miss.pending += misses;
    series.sent.pending += bytes;
  }

  /** Takes what was counted since the last call. The labels of one series are the same object each time. */
  *take(counter: CounterName): Generator<readonly [labels: Labels, by: number]> {
    for (const series of this.#byCounter.get(counter) ?? []) {
      const { labels, pending } = series;
      series.pending = 0;
      if (pending > 0) yield [labels, pending];
    }
  }

  #begin(what: string): Series | 'no metric' {
    const counted = counterOf(what);
    const series = counted === undefined ? 'no metric' : this.#add(...counted);
    this.#known.set(what, series);
    return series;
  }

  #beginRule(rule: string): SeriesOfRule {
    const series = {
      nginx: this.#add('visits', { rule, result: 'nginx' }),
      node: this.#add('visits', { rule, result: 'node' }),
      miss: this.#add('visits', { rule, result: 'miss' }),
      sent: this.#add('sent', { rule }),
    };
    this.#ofRules.set(rule, series);
    return series;
  }

  #add(counter: CounterName, labels: Labels): Series {
    const series = { labels, pending: 0 };
    this.#byCounter.set(counter, [...(this.#byCounter.get(counter) ?? []), series]);
    return series;
  }
}
