import { createRequire } from 'node:module';
import { StaticGeneratorError } from '../../errors.js';
import {
  type CounterName,
  counters,
  type GaugeName,
  gauges,
  type Labels,
  prometheusName,
  renderDuration,
} from './catalogue.js';
import type { GaugeReader } from './gauges.js';
import { Tally } from './tally.js';

/** A registry of the package prom-client. */
export interface MetricsRegistry {
  metrics(): Promise<string>;
  registerMetric(metric: never): void;
}

interface Description {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly registers: readonly MetricsRegistry[];
}

/**
 * The part of prom-client that is used. It is declared here, so that a site without
 * prom-client does not need its types.
 */
export interface PrometheusClient {
  readonly Registry: new () => MetricsRegistry;
  readonly Counter: new (description: Description & { collect(this: Counter): void }) => unknown;
  readonly Histogram: new (
    description: Description & { readonly buckets: readonly number[] },
  ) => { observe(value: number): void };
  readonly Gauge: new (description: Description & { collect(this: Gauge): void }) => unknown;
}

interface Counter {
  inc(labels: Labels, by: number): void;
}

interface Gauge {
  set(labels: Labels, value: number): void;
}

/** Loads prom-client, at the first call of `metrics()`. */
export function loadPrometheus(): PrometheusClient {
  try {
    return createRequire(import.meta.url)('prom-client');
  } catch (cause) {
    const message = 'metrics() needs the package prom-client: npm install prom-client';
    throw new StaticGeneratorError('ERR_OPTIONS', message, { cause });
  }
}

export function isRegistry(value: unknown): value is MetricsRegistry {
  if (typeof value !== 'object' || value === null) return false;
  return ['metrics', 'registerMetric'].every((name) => typeof Reflect.get(value, name) === 'function');
}

/** Creates the counters in a registry. Returns the tally from which they take what was counted when they are read. */
export function prometheusTally(
  { Counter, Histogram }: PrometheusClient,
  registry: MetricsRegistry,
  onFault: (error: unknown) => void,
): Tally {
  const registers = [registry];
  const { help, buckets } = renderDuration;
  const durations = new Histogram({ name: prometheusName(renderDuration), help, buckets, registers });
  const tally = new Tally((seconds) => durations.observe(seconds), onFault);
  for (const counter of Object.keys(counters) as CounterName[]) {
    const { help, labelNames } = counters[counter];
    new Counter({
      ...{ name: prometheusName(counters[counter], true), help, labelNames, registers },
      collect() {
        for (const [labels, by] of tally.take(counter)) this.inc(labels, by);
      },
    });
  }
  return tally;
}

/** Creates the gauges in a registry. Their values are read when the registry is. */
export function addPrometheusGauges(
  { Gauge }: PrometheusClient,
  registry: MetricsRegistry,
  read: GaugeReader,
): void {
  for (const gauge of Object.keys(gauges) as GaugeName[]) {
    const { help, labelNames } = gauges[gauge];
    new Gauge({
      ...{ name: prometheusName(gauges[gauge]), help, labelNames, registers: [registry] },
      collect() {
        for (const [labels, value] of read(gauge)) this.set(labels, value);
      },
    });
  }
}
