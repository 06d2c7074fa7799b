import { createRequire } from 'node:module';
import { StaticGeneratorError } from '../../errors.js';
import type { Ledger } from '../../ledger/ledger.js';
import type { Metrics, MetricsObserver, RuleVisits } from '../../metrics.js';
import { type Counted, type CounterName, counterOf, counters, gauges, renderDuration } from './catalogue.js';

/** A registry of the package prom-client. */
export interface MetricsRegistry {
  metrics(): Promise<string>;
  registerMetric(metric: never): void;
}

export interface PrometheusParts {
  readonly metrics: Metrics;
  readonly ledger: Pick<Ledger, 'statistics' | 'unapplied' | 'backlog'>;
  /** Whether the ledger is closed. */
  readonly isOver: () => boolean;
}

type Labels = Readonly<Record<string, string>>;

interface Description {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly registers: readonly MetricsRegistry[];
}

/** What is used of prom-client, so that a site without it needs no types of it either. */
interface Client {
  readonly Registry: new () => MetricsRegistry;
  readonly Counter: new (description: Description) => { inc(labels: Labels, by: number): void };
  readonly Histogram: new (
    description: Description & { readonly buckets: readonly number[] },
  ) => { observe(value: number): void };
  readonly Gauge: new (description: Description & { collect(this: Gauge): void }) => unknown;
}

interface Gauge {
  set(labels: Labels, value: number): void;
}

/** What `metrics()` does: puts the metrics of a site into a registry, once, and gives its text. */
export class Prometheus {
  readonly #parts: PrometheusParts;
  readonly #registered = new WeakSet<object>();
  #own: MetricsRegistry | undefined;

  constructor(parts: PrometheusParts) {
    this.#parts = parts;
  }

  async textOf(given: MetricsRegistry | undefined): Promise<string> {
    const client = load();
    this.#own ??= given === undefined ? new client.Registry() : undefined;
    const registry = given ?? this.#own;
    if (typeof registry?.metrics !== 'function' || typeof registry.registerMetric !== 'function')
      throw new StaticGeneratorError('ERR_OPTIONS', 'Expected metrics() to get a Registry of prom-client');
    if (!this.#registered.has(registry)) {
      this.#registered.add(registry);
      this.#parts.metrics.observe(observerIn(client, registry));
      addGauges(client, registry, this.#parts);
    }
    return await registry.metrics();
  }
}

function load(): Client {
  try {
    return createRequire(import.meta.url)('prom-client');
  } catch (cause) {
    const message = 'metrics() needs the package prom-client: npm install prom-client';
    throw new StaticGeneratorError('ERR_OPTIONS', message, { cause });
  }
}

function observerIn({ Counter, Histogram }: Client, registry: MetricsRegistry): MetricsObserver {
  const registers = [registry];
  const made = Object.entries(counters).map(([name, { labelNames, ...description }]) => {
    return [name, new Counter({ ...description, labelNames, registers })] as const;
  });
  const byName = new Map<string, InstanceType<Client['Counter']>>(made);
  const { name, help, buckets } = renderDuration;
  const durations = new Histogram({ name, help, buckets, registers });
  const add = (counter: CounterName, labels: Readonly<Record<string, string>>, by: number) => {
    if (by > 0) byName.get(counter)?.inc(labels, by);
  };
  // As many as there are reasons, causes and faults.
  const known = new Map<string, Counted>();
  return {
    counted: (what, by) => {
      const counted = known.get(what) ?? counterOf(what);
      if (counted === undefined) return;
      known.set(what, counted);
      add(...counted, by);
    },
    rendered: (seconds) => durations.observe(seconds),
    visited: (rule, { nginx, node, misses, bytes }: RuleVisits) => {
      add('visits', { rule, result: 'nginx' }, nginx);
      add('visits', { rule, result: 'node' }, node);
      add('visits', { rule, result: 'miss' }, misses);
      add('sent', { rule }, bytes);
    },
  };
}

/** They are read when they are asked for. */
function addGauges({ Gauge }: Client, registry: MetricsRegistry, { ledger, isOver }: PrometheusParts): void {
  const registers = [registry];
  const add = (
    { labelNames, ...description }: (typeof gauges)[keyof typeof gauges],
    read: () => readonly (readonly [labels: Labels, value: number])[],
  ) =>
    new Gauge({
      ...description,
      ...{ labelNames, registers },
      collect() {
        if (!isOver()) for (const [labels, value] of read()) this.set(labels, value);
      },
    });
  add(gauges.pages, () => {
    const { pages, servedByNode } = ledger.statistics();
    return [
      [{ served_by: 'nginx' }, pages - servedByNode],
      [{ served_by: 'node' }, servedByNode],
    ];
  });
  add(gauges.bytes, () => [[{}, ledger.statistics().bytes]]);
  add(gauges.unapplied, () => [[{}, ledger.unapplied().sequences.length]]);
  add(gauges.waiting, () => [[{}, ledger.backlog()?.waiting ?? 0]]);
}
