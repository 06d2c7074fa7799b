import { StaticGeneratorError } from '../../errors.js';
import type { FaultLog } from '../../log.js';
import type { Metrics } from '../../metrics.js';
import { type GaugeParts, gaugeReader } from './gauges.js';
import { isMeterProvider, type OpenTelemetryOptions, openTelemetryTally } from './open-telemetry.js';
import {
  addPrometheusGauges,
  isRegistry,
  loadPrometheus,
  type MetricsRegistry,
  prometheusTally,
} from './prometheus.js';

/** The member `metrics` of a site. */
export interface ExportMetrics {
  /** For Prometheus: resolves to the text of the registry. */
  (registry?: MetricsRegistry): Promise<string>;
  /** For OpenTelemetry. */
  (options: OpenTelemetryOptions): Promise<void>;
}

export interface MetricsExportsParts extends GaugeParts {
  readonly metrics: Metrics;
  readonly faults: Pick<FaultLog, 'report'>;
}

/** Implements `metrics()`: sends the metrics of a site to registries or meter providers, to each once. */
export class MetricsExports {
  readonly #parts: MetricsExportsParts;
  /** The registries and providers that have all metrics. If adding them fails, the next call tries again. */
  readonly #reached = new WeakSet<object>();
  #own: MetricsRegistry | undefined;

  constructor(parts: MetricsExportsParts) {
    this.#parts = parts;
  }

  /** Throws `ERR_OPTIONS` if `prom-client` is missing, or if `given` is neither a registry nor has a meter provider. */
  async to(given?: MetricsRegistry | OpenTelemetryOptions): Promise<string | undefined> {
    if (given !== undefined && 'meterProvider' in Object(given)) {
      this.#toOpenTelemetry(given as OpenTelemetryOptions);
      return undefined;
    }
    return await this.#toPrometheus(given as MetricsRegistry | undefined);
  }

  readonly #onFault = (error: unknown): void =>
    this.#parts.faults.report(
      'metrics',
      error,
      {},
      'the time of a render could not be recorded in the metrics',
    );

  #toOpenTelemetry({ meterProvider }: OpenTelemetryOptions): void {
    if (!isMeterProvider(meterProvider))
      throw new StaticGeneratorError(
        'ERR_OPTIONS',
        'Expected `meterProvider` to be a MeterProvider of OpenTelemetry: pass metrics.getMeterProvider() of @opentelemetry/api',
      );
    if (this.#reached.has(meterProvider)) return;
    this.#parts.metrics.observe(openTelemetryTally(meterProvider, gaugeReader(this.#parts), this.#onFault));
    this.#reached.add(meterProvider);
  }

  async #toPrometheus(given: MetricsRegistry | undefined): Promise<string> {
    const client = loadPrometheus();
    this.#own ??= given === undefined ? new client.Registry() : undefined;
    const registry = given ?? this.#own;
    if (!isRegistry(registry))
      throw new StaticGeneratorError(
        'ERR_OPTIONS',
        'Expected metrics() to get a Registry of prom-client, or { meterProvider } for OpenTelemetry',
      );
    if (!this.#reached.has(registry)) {
      const tally = prometheusTally(client, registry, this.#onFault);
      addPrometheusGauges(client, registry, gaugeReader(this.#parts));
      this.#parts.metrics.observe(tally);
      this.#reached.add(registry);
    }
    return await registry.metrics();
  }
}
