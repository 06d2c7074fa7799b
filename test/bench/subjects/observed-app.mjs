// A site with metrics or a bound on its pages:
// node observed-app.mjs <plain|prometheus|open-telemetry|bounded|full> <webRoot>.
import { createServer } from 'node:http';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import express from 'express';
import { Registry } from 'prom-client';
import { staticGenerator } from '../../../dist/index.js';
import { pageOf } from '../harness/pages/pages.mjs';

const [kind, webRoot] = process.argv.slice(2);
const [small, large] = [pageOf(1_000), pageOf(10_000)];
/** `bounded` never reaches its bound. `full` reaches it almost always: most new pages need room. */
const bounds = { bounded: { maxPages: 100_000_000 }, full: { maxPages: 1_000 } };

const pages = staticGenerator({ webRoot, urls: [/^\//], logger: false, ...bounds[kind] });
if (kind === 'prometheus') await pages.metrics(new Registry());
if (kind === 'open-telemetry') await pages.metrics({ meterProvider: provider() });

/** Returns the provider of a site that sends its metrics once a minute. */
function provider() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  return new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
}

const app = express().set('x-powered-by', false).use(pages.middleware);
app.get('/page', (_request, response) => response.type('html').send(large));
app.get('/many/:folder/:name', (_request, response) => response.type('html').send(small));

const server = createServer(app).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
server.keepAliveTimeout = 600_000;
process.on('disconnect', async () => {
  await pages.close();
  process.exit(0);
});
