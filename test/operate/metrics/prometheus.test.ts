import { readFileSync } from 'node:fs';
import { Counter, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import {
  counterOf,
  counters,
  gauges,
  prometheusName,
  renderDuration,
} from '../../../src/operate/metrics/catalogue.js';
import {
  captureReasons,
  publishReasons,
  requestReasons,
  responseReasons,
} from '../../../src/page/reasons.js';
import { startSite } from '../../helpers/site/site.js';
import { freeUdpPort } from '../hits/counted-site.js';

/** Starts a site, reads its metrics once, and then sends requests of many kinds. */
async function visitedSite(registry?: Registry) {
  const site = await startSite(
    (app) => {
      app.get('/personal', (_request, response) => response.cookie('a', 'b').send('x'));
      app.get('/node', (_request, response) => response.set('X-Only', 'node').send('12345'));
      app.use((_request, response) => response.send('12345'));
    },
    { countHits: { port: await freeUdpPort(), oneIn: 1 }, urls: [/^\/a/, /^\//] },
  );
  await site.pages.metrics(registry);
  for (const path of ['/a', '/b', '/node', '/personal']) await site.visit(path);
  for (const path of ['/a', '/a', '/b', '/a?x=1']) await site.request(path);
  await site.pages.quickDelete('/b');
  return site;
}

/** Returns the samples of a text, without comments and empty lines. */
function samplesOf(text: string): Readonly<Record<string, number>> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const samples = lines.map((line) => /^(.+) (\S+)$/.exec(line) ?? []);
  return Object.fromEntries(samples.map(([, name = '', value]) => [name, Number(value)]));
}

test('what happens is counted, with what the ledger has', async () => {
  const { pages } = await visitedSite();
  const samples = samplesOf(await pages.metrics());
  expect(samples).toMatchObject({
    'staticgenerator_hits_total{served_by="node"}': 3,
    staticgenerator_misses_total: 4,
    'staticgenerator_bypasses_total{reason="query"}': 1,
    'staticgenerator_refusals_total{reason="set-cookie"}': 1,
    staticgenerator_pages_stored_total: 3,
    'staticgenerator_pages_deleted_total{cause="path"}': 1,
    'staticgenerator_pages{served_by="nginx"}': 1,
    'staticgenerator_pages{served_by="node"}': 1,
    staticgenerator_stored_bytes: 10,
    staticgenerator_deletions_unapplied: 0,
    staticgenerator_render_duration_seconds_count: 4,
    'staticgenerator_rule_visits_total{rule="/^\\\\/a/",result="node"}': 2,
    'staticgenerator_rule_visits_total{rule="/^\\\\/a/",result="miss"}': 1,
  });
  expect(Object.keys(samples).filter((name) => /\/(?:b|node|personal)\b/.test(name))).toEqual([]);
});

test('deletions are counted by what they were made for', async () => {
  const { pages, visit } = await startSite((app, { tag }) => {
    app.get('/brief', (_request, response) => void response.set('Cache-Control', 'max-age=1').send('12345'));
    app.use((_request, response) => {
      tag('all');
      response.send('12345');
    });
  });
  await pages.metrics();
  const visitAll = async () => {
    for (const path of ['/a', '/b', '/c']) await visit(path);
  };
  await visit('/brief');
  await visitAll();
  await pages.quickDelete('/a', { tag: 'all' });
  await visitAll();
  await pages.quickDelete({ tag: 'all' });
  await visitAll();
  await pages.quickDelete('/[ab]');
  const name = (cause: string) => `staticgenerator_pages_deleted_total{cause="${cause}"}`;
  await expect
    .poll(async () => samplesOf(await pages.metrics()), { timeout: 20_000 })
    .toMatchObject({ [name('several')]: 3, [name('tag')]: 3, [name('glob')]: 2, [name('expiry')]: 1 });
});

test('statements that no adapter could read are counted', async () => {
  const { pages, visit } = await startSite((app, own) => {
    const tracker = own.track();
    app.use((_request, response) => {
      tracker.readAnything('a test');
      response.send('12345');
    });
  });
  await pages.metrics();
  expect((await visit('/a')).outcome).not.toBe('stored');
  pages.track().deferAnything({}, 'a test');
  expect(samplesOf(await pages.metrics())).toMatchObject({
    'staticgenerator_statements_not_understood_total{kind="read"}': 1,
    'staticgenerator_statements_not_understood_total{kind="change"}': 1,
  });
});

test('they go into the registry of the site, once, beside its own', async () => {
  const registry = new Registry();
  new Counter({ name: 'own_total', help: 'Of the site.', registers: [registry] }).inc();
  const { pages } = await visitedSite(registry);
  await pages.metrics(registry);
  const samples = samplesOf(await registry.metrics());
  expect(samples).toMatchObject({ own_total: 1, 'staticgenerator_hits_total{served_by="node"}': 3 });
  // A later registry begins at zero. No registry counts anything twice.
  const later = samplesOf(await pages.metrics(new Registry()));
  expect(later['staticgenerator_hits_total{served_by="node"}']).toBeUndefined();
});

test('a registry of a closed site can still be asked', async () => {
  const registry = new Registry();
  const { pages } = await visitedSite(registry);
  await pages.close();
  expect(samplesOf(await registry.metrics())).toMatchObject({ staticgenerator_pages_stored_total: 3 });
  await expect(pages.metrics()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
});

test('what is no registry is refused', async () => {
  const { pages } = await visitedSite();
  await expect(pages.metrics({} as never)).rejects.toMatchObject({ code: 'ERR_OPTIONS' });
});

test('a registry that had no room for all of them says so again, until it has', async () => {
  const registry = new Registry();
  new Counter({ name: 'staticgenerator_misses_total', help: 'Of another.', registers: [registry] });
  const { pages } = await visitedSite();
  for (let time = 0; time < 2; time += 1)
    await expect(pages.metrics(registry)).rejects.toThrow('already been registered');
  registry.clear();
  expect(samplesOf(await pages.metrics(registry))).toHaveProperty('staticgenerator_stored_bytes');
});

describe('names', () => {
  const names = [
    ...Object.values(counters).map((metric) => prometheusName(metric, true)),
    ...[renderDuration, ...Object.values(gauges)].map((metric) => prometheusName(metric)),
  ];
  const labels = [...Object.values(counters), ...Object.values(gauges)].flatMap(
    ({ labelNames }) => labelNames,
  );

  test('are those of the conventions', () => {
    for (const name of names) expect(name).toMatch(/^staticgenerator_[a-z]+(?:_[a-z]+)*$/);
    expect(names.filter((name) => name.endsWith('_total'))).toHaveLength(Object.keys(counters).length);
  });

  test('are all in the reference, and no others', () => {
    const page = readFileSync(new URL('../../../docs/guide/metrics.md', import.meta.url), 'utf8');
    const named = [...page.matchAll(/^\| `(staticgenerator_\w+)`/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual([...names].sort());
  });

  test('in the dashboard are those of metrics', () => {
    const url = new URL('../../../docs/examples/grafana/dashboard.json', import.meta.url);
    const { panels } = JSON.parse(readFileSync(url, 'utf8'));
    const expressions: string[] = panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
      targets.map(({ expr }) => expr),
    );
    const used = new Set(expressions.flatMap((text) => text.match(/staticgenerator_\w+/g) ?? []));
    const series = [...used].map((name) => name.replace(/^(.*_seconds)_(?:bucket|count|sum)$/, '$1'));
    expect([...new Set(series)].sort()).toEqual([...names].sort());
    for (const expression of expressions)
      for (const [, label = ''] of expression.matchAll(/by \((\w+)\)/g))
        expect(['le', ...labels]).toContain(label);
  });
});

test('reasons are a bounded set of labels', () => {
  const reasons = Object.keys({
    ...requestReasons,
    ...captureReasons,
    ...responseReasons,
    ...publishReasons,
  });
  for (const reason of reasons) expect(counterOf(`refused:${reason}`)).toEqual(['refusals', { reason }]);
  expect(counterOf('unknown:x')).toBeUndefined();
  expect(counterOf('constructor')).toBeUndefined();
});
