import { readFileSync } from 'node:fs';
import { type MeterProvider as ApiMeterProvider, metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest';
import {
  counters,
  gauges,
  openTelemetryName,
  prometheusName,
  renderDuration,
} from '../../../src/operate/metrics/catalogue.js';
import type { OpenTelemetryOptions } from '../../../src/operate/metrics/open-telemetry.js';
import { freePort } from '../../helpers/servers/ports.js';
import { send, startSite } from '../../helpers/site/site.js';
import { freeUdpPort } from '../hits/counted-site.js';

/** Starts the real SDK, which a test can read at any time. */
function startProvider() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => meterProvider.shutdown());
  /** Reads the values, by name and attributes. */
  const read = async () => {
    exporter.reset();
    await meterProvider.forceFlush();
    const collected = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
    expect(collected.map(({ scope }) => scope.name)).toEqual(['staticgenerator']);
    const found = collected.flatMap(({ metrics: all }) =>
      all.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => {
          const shown = Object.entries(attributes).map(([name, one]) => `${name}=${one}`);
          const count = typeof value === 'object' ? value.count : value;
          return [[descriptor.name, ...shown.sort()].join(' '), count] as const;
        }),
      ),
    );
    return Object.fromEntries(found);
  };
  return { meterProvider, exporter, read };
}

/** Starts a site, reads its metrics once, and then sends requests of many kinds. */
async function visitedSite(meterProvider: OpenTelemetryOptions['meterProvider']) {
  const site = await startSite(
    (app) => {
      app.get('/personal', (_request, response) => response.cookie('a', 'b').send('x'));
      app.get('/node', (_request, response) => response.set('X-Only', 'node').send('12345'));
      app.use((_request, response) => response.send('12345'));
    },
    { countHits: { port: await freeUdpPort(), oneIn: 1 }, urls: [/^\/a/, /^\//] },
  );
  await site.pages.metrics({ meterProvider });
  for (const path of ['/a', '/b', '/node', '/personal']) await site.visit(path);
  for (const path of ['/a', '/a', '/b', '/a?x=1']) await site.request(path);
  await site.pages.quickDelete('/b');
  return site;
}

test('what happens is counted, with what the ledger has, once however often it is asked for', async () => {
  const { meterProvider, read } = startProvider();
  const { pages } = await visitedSite(meterProvider);
  expect(await pages.metrics({ meterProvider })).toBeUndefined();
  expect(await read()).toEqual({
    'staticgenerator.hits staticgenerator.served_by=node': 3,
    'staticgenerator.misses': 4,
    'staticgenerator.bypasses staticgenerator.reason=query': 1,
    'staticgenerator.refusals staticgenerator.reason=set-cookie': 1,
    'staticgenerator.pages.stored': 3,
    'staticgenerator.pages.deleted staticgenerator.cause=path': 1,
    'staticgenerator.pages staticgenerator.served_by=nginx': 1,
    'staticgenerator.pages staticgenerator.served_by=node': 1,
    'staticgenerator.stored': 10,
    'staticgenerator.deletions.unapplied': 0,
    'staticgenerator.cdn.purges.waiting': 0,
    'staticgenerator.render.duration': 4,
    'staticgenerator.rule.visits staticgenerator.result=node staticgenerator.rule=/^\\/a/': 2,
    'staticgenerator.rule.visits staticgenerator.result=miss staticgenerator.rule=/^\\/a/': 1,
    'staticgenerator.rule.visits staticgenerator.result=node staticgenerator.rule=/^\\//': 1,
    'staticgenerator.rule.visits staticgenerator.result=miss staticgenerator.rule=/^\\//': 3,
  });
});

test('each instrument has its unit, its description and, for times, our buckets', async () => {
  const { meterProvider, exporter, read } = startProvider();
  await visitedSite(meterProvider);
  await read();
  const collected = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
  const described = collected.flatMap(({ metrics: all }) => all);
  const known = [...Object.values(counters), renderDuration, ...Object.values(gauges)];
  for (const { descriptor, dataPoints } of described) {
    const metric = known.find(({ name }) => openTelemetryName(name) === descriptor.name);
    expect(descriptor).toMatchObject({ unit: metric?.unit, description: metric?.help });
    const [{ value } = {}] = dataPoints;
    if (metric === renderDuration)
      expect(value).toMatchObject({ buckets: { boundaries: renderDuration.buckets } });
  }
});

test('a site sends to Prometheus and to OpenTelemetry at once', async () => {
  const { meterProvider, read } = startProvider();
  const site = await startSite((app) => app.use((_request, response) => void response.send('12345')));
  await site.pages.metrics();
  await site.pages.metrics({ meterProvider });
  await site.visit('/a');
  expect(await site.pages.metrics()).toMatch(/^staticgenerator_pages_stored_total 1$/m);
  expect(await read()).toMatchObject({ 'staticgenerator.pages.stored': 1 });
});

test('the exporter of OpenTelemetry for Prometheus gives them our names for Prometheus, without units', async () => {
  const port = await freePort();
  const reader = new PrometheusExporter({ port, host: '127.0.0.1' });
  const meterProvider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => meterProvider.shutdown());
  await visitedSite(meterProvider);
  const { body } = await send(port, '/metrics');
  const named = [...body.matchAll(/^# TYPE (staticgenerator_\w+) /gm)].map(([, name]) => name);
  expect(named).toContain('staticgenerator_hits_total');
  const ours = [
    ...Object.values(counters).map((metric) => prometheusName(metric, true)),
    ...[renderDuration, ...Object.values(gauges)].map((metric) => prometheusName(metric)),
  ];
  const bare = ours.map((name) => name.replace(/_(?:seconds|bytes)(?=_total$|$)/, ''));
  expect(named.filter((name) => !bare.includes(name ?? ''))).toEqual([]);
});

test('a provider of a closed site can still be asked', async () => {
  const { meterProvider, read } = startProvider();
  const { pages } = await visitedSite(meterProvider);
  await pages.close();
  const values = await read();
  expect(values).toMatchObject({ 'staticgenerator.pages.stored': 3 });
  expect(values).not.toHaveProperty('staticgenerator.stored');
  await expect(pages.metrics({ meterProvider })).rejects.toMatchObject({ code: 'ERR_CLOSED' });
});

test('two sites of one process both send to one provider', async () => {
  const { meterProvider, read } = startProvider();
  for (let site = 0; site < 2; site += 1) await visitedSite(meterProvider);
  expect(await read()).toMatchObject({ 'staticgenerator.misses': 8 });
});

test('a page is stored though its time cannot be handed on, and that is told once', async () => {
  const { meterProvider, read } = startProvider();
  const meter = meterProvider.getMeter('staticgenerator');
  const failing = {
    getMeter: () => ({
      createCounter: meter.createCounter.bind(meter),
      createObservableGauge: meter.createObservableGauge.bind(meter),
      createHistogram: () => ({
        record() {
          throw new Error('no histogram');
        },
      }),
    }),
  };
  const { logger } = await visitedSite(failing as never);
  expect(await read()).toMatchObject({ 'staticgenerator.pages.stored': 3 });
  const told = logger.lines.filter(({ fields }) => fields.fault === 'metrics');
  expect(told.map(({ level }) => level)).toEqual(['warn', 'debug', 'debug', 'debug']);
});

test('without an SDK, the provider of the API takes everything and does nothing', async () => {
  const { pages } = await visitedSite(metrics.getMeterProvider());
  await expect(pages.metrics({ meterProvider: metrics.getMeterProvider() })).resolves.toBeUndefined();
});

describe('what is no provider', () => {
  test.each([undefined, null, {}, 'global'])('%j is refused, with what to pass', async (meterProvider) => {
    const { pages } = await startSite(() => undefined);
    await expect(pages.metrics({ meterProvider } as never)).rejects.toMatchObject({
      code: 'ERR_OPTIONS',
      message: expect.stringContaining('metrics.getMeterProvider()'),
    });
  });
});

test('the types of the real API and SDK fit', () => {
  expectTypeOf<ApiMeterProvider>().toExtend<OpenTelemetryOptions['meterProvider']>();
  expectTypeOf<MeterProvider>().toExtend<OpenTelemetryOptions['meterProvider']>();
});

test('every metric is in the guide, under its name here', () => {
  const page = readFileSync(new URL('../../../docs/guide/metrics.md', import.meta.url), 'utf8');
  const named = [...page.matchAll(/`(staticgenerator\.[a-z_.]+)`/g)].map(([, name]) => name);
  const all = [...Object.values(counters), renderDuration, ...Object.values(gauges)];
  expect(named).toEqual(expect.arrayContaining(all.map(({ name }) => openTelemetryName(name))));
});
