import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../helpers/servers/ports.js';
import { listen, startSite } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { freeUdpPort } from '../hits/counted-site.js';

const record = new URL('../../../node_modules/.cache/staticgenerator/prometheus.json', import.meta.url);
const installed: string | undefined = existsSync(record)
  ? JSON.parse(readFileSync(record, 'utf8')).prometheus
  : undefined;
const PATIENCE = { timeout: 30_000, interval: 200 };

/** The part of Prometheus's response that the test reads. */
interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

/**
 * Starts a real Prometheus that scrapes a port every second. Returns a function that asks it for the value of an
 * expression.
 */
async function startPrometheus(target: number) {
  const [folder, port] = [await temporaryFolder(), await freePort()];
  const config = {
    global: { scrape_interval: '1s' },
    scrape_configs: [{ job_name: 'site', static_configs: [{ targets: [`127.0.0.1:${target}`] }] }],
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const words = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn(installed ?? '', words, { stdio: 'ignore', cwd: folder });
  onTestFinished(async () => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  });
  return async (expression: string) => {
    const query = new URLSearchParams({ query: expression });
    const url = `http://127.0.0.1:${port}/api/v1/query?${query}`;
    const answer = await fetch(url).catch(() => undefined);
    return answer === undefined ? undefined : ((await answer.json()) as Answer);
  };
}

test.skipIf(installed === undefined)(
  'a real Prometheus scrapes the metrics, and can read every expression of the dashboard',
  async () => {
    const registry = new Registry();
    const site = await startSite((app) => void app.use((_request, response) => void response.send('12345')), {
      countHits: { port: await freeUdpPort(), oneIn: 1 },
    });
    await site.pages.metrics(registry);
    await site.visit('/a');
    await site.request('/a');
    const target = await listen(async (_request, response) => {
      response.setHeader('Content-Type', registry.contentType).end(await registry.metrics());
    });
    const ask = await startPrometheus(target);
    const resultOf = async (expression: string) => (await ask(expression))?.data?.result[0]?.value[1];
    await expect.poll(() => resultOf('staticgenerator_hits_total{served_by="node"}'), PATIENCE).toBe('1');
    expect(await resultOf('staticgenerator_pages{served_by="nginx"}')).toBe('1');
    expect(await resultOf('staticgenerator_render_duration_seconds_count')).toBe('1');
    const dashboard = new URL('../../../docs/examples/grafana/dashboard.json', import.meta.url);
    const { panels } = JSON.parse(readFileSync(dashboard, 'utf8'));
    for (const { expr } of panels.flatMap(({ targets }: { targets: object[] }) => targets)) {
      expect(await ask(expr.replaceAll('$__rate_interval', '1m')), expr).toMatchObject({ status: 'success' });
    }
  },
);
