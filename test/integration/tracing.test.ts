import { createRequire } from 'node:module';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import * as Sentry from '@sentry/node';
import { expect, onTestFinished, test } from 'vitest';
import { BROWSER_HEADERS } from '../helpers/browser/browser-headers.js';
import { startSite } from '../helpers/site/site.js';

const headers = {
  ...BROWSER_HEADERS,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

test('behind OpenTelemetry’s instrumentation of http at its defaults, a page is stored', async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  const stop = registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });
  // The module is instrumented when it is required.
  createRequire(import.meta.url)('http');
  onTestFinished(async () => {
    stop();
    await provider.shutdown();
  });
  const site = await startSite((app) => app.get('/page', (_request, response) => response.send('page')));
  expect(await site.visit('/page', { headers })).toMatchObject({ outcome: 'stored' });
  const spans = exporter
    .getFinishedSpans()
    .filter(({ attributes }) => attributes['url.path'] === '/page' || attributes['http.target'] === '/page');
  expect(spans.length).toBeGreaterThan(0);
});

test('behind Sentry’s at its defaults, too', async () => {
  const events: unknown[] = [];
  Sentry.init({
    dsn: 'http://key@127.0.0.1:9/1',
    tracesSampleRate: 1,
    traceLifecycle: 'static',
    beforeSendTransaction: (event) => {
      events.push(event.transaction);
      return null;
    },
  });
  onTestFinished(() => void Sentry.close());
  const site = await startSite((app) => {
    app.get('/page', (_request, response) => response.send('page'));
    Sentry.setupExpressErrorHandler(app);
  });
  expect(await site.visit('/page', { headers })).toMatchObject({ outcome: 'stored' });
  await Sentry.flush();
  expect(events.length).toBeGreaterThan(0);
});
