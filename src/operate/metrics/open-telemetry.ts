import {
  type CounterName,
  counters,
  type GaugeName,
  gauges,
  type Labels,
  type MetricDescription,
  openTelemetryName,
  renderDuration,
} from './catalogue.js';
import type { GaugeReader } from './gauges.js';
import { Tally } from './tally.js';

/**
 * The part of a `MeterProvider` of `@opentelemetry/api` that is used, in any version. The site passes it in, so that
 * this package neither loads nor needs `@opentelemetry/api`, and metrics go where the site sends its own.
 */
export interface MeterProvider {
  getMeter(name: string, version?: string): Meter;
}

interface Meter {
  createCounter(name: string, options?: Description): { add(value: number, attributes?: Attributes): void };
  createHistogram(name: string, options?: Description & Advised): { record(value: number): void };
  createObservableGauge(name: string, options?: Description): Observable;
}

type Attributes = Record<string, string>;

interface Description {
  description?: string;
  unit?: string;
}

interface Advised {
  advice?: { explicitBucketBoundaries?: number[] };
}

interface Observable {
  addCallback(observe: (result: ObservableResult) => void): void;
}

interface ObservableResult {
  observe(value: number, attributes?: Attributes): void;
}

/** Where metrics go, instead of to Prometheus. */
export interface OpenTelemetryOptions {
  /** The provider of the site's own setup: `metrics.getMeterProvider()` of `@opentelemetry/api`. */
  readonly meterProvider: MeterProvider;
}

/** The instrumentation scope. */
const SCOPE = 'staticgenerator';

export function isMeterProvider(value: unknown): value is MeterProvider {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'getMeter') === 'function';
}

/** Creates the instruments of the catalogue. Returns the tally that adds up what they show when they are read. */
export function openTelemetryTally(
  provider: MeterProvider,
  read: GaugeReader,
  onFault: (error: unknown) => void,
): Tally {
  const meter = provider.getMeter(SCOPE);
  const attributesOf = attributesCache();
  const durations = meter.createHistogram(openTelemetryName(renderDuration.name), {
    ...described(renderDuration),
    advice: { explicitBucketBoundaries: [...renderDuration.buckets] },
  });
  const tally = new Tally((seconds) => durations.record(seconds), onFault);
  const made = (Object.keys(counters) as CounterName[]).map((counter) => {
    const metric = counters[counter];
    return [counter, meter.createCounter(openTelemetryName(metric.name), described(metric))] as const;
  });
  // These counters add, so that two sites in one process add up. The callbacks run before each read.
  const addTaken = () => {
    for (const [counter, instrument] of made)
      for (const [labels, by] of tally.take(counter)) instrument.add(by, attributesOf(labels));
  };
  for (const gauge of Object.keys(gauges) as GaugeName[]) {
    const metric = gauges[gauge];
    const instrument = meter.createObservableGauge(openTelemetryName(metric.name), described(metric));
    instrument.addCallback((result) => {
      addTaken();
      for (const [labels, value] of read(gauge)) result.observe(value, attributesOf(labels));
    });
  }
  return tally;
}

function described({ help, unit }: MetricDescription): Description {
  return { description: help, unit };
}

/** Returns a function that puts the namespace of the metrics before the names of labels, once for each series. */
function attributesCache(): (labels: Labels) => Attributes {
  const known = new WeakMap<Labels, Attributes>();
  return (labels) => {
    const found = known.get(labels);
    if (found !== undefined) return found;
    const named = Object.entries(labels).map(([name, value]) => [openTelemetryName(name), value]);
    const attributes: Attributes = Object.fromEntries(named);
    known.set(labels, attributes);
    return attributes;
  };
}
