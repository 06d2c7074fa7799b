import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { basic, type DashboardSite, startDashboardSite } from './site.js';

interface Stream {
  readonly response: IncomingMessage;
  /** The sections of each event so far. */
  readonly events: readonly Readonly<Record<string, string>>[];
  readonly ended: Promise<unknown>;
}

/** Listens to a dashboard, as the script of the page does. */
async function listenTo({ port }: DashboardSite): Promise<Stream> {
  const request = get({ port, host: '127.0.0.1', path: '/_pages/events', headers: basic });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  onTestFinished(() => void request.destroy());
  for (const one of [request, response]) one.on('error', () => undefined);
  const events: Record<string, string>[] = [];
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const [, data] = /^event: sections\ndata: (.*)$/s.exec(part) ?? [];
      if (data !== undefined) events.push(JSON.parse(data));
    }
  });
  return { response, events, ended: new Promise((resolve) => response.once('close', resolve)) };
}

test('whoever listens gets all sections at first, and then those that have changed', async () => {
  const site = await startDashboardSite();
  const { response, events } = await listenTo(site);
  expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  expect(response.headers['cache-control']).toContain('no-store');
  await expect.poll(() => events.length).toBe(1);
  expect(Object.keys(events[0] ?? {})).toEqual([
    'health',
    'figures',
    'deletions',
    'jobs',
    'renders',
    'refused',
  ]);
  await site.visit('/a');
  await expect.poll(() => events.at(-1)?.renders, { timeout: 10_000 }).toContain('href="/a"');
  expect(events.at(-1)).not.toHaveProperty('deletions');
  await site.pages.quickDelete('/a');
  await expect.poll(() => events.at(-1)?.deletions, { timeout: 10_000 }).toContain('/a');
});

test('a bounded number may listen; one that leaves makes room', async () => {
  const site = await startDashboardSite();
  const streams = await Promise.all(Array.from({ length: 20 }, () => listenTo(site)));
  expect(streams.map(({ response }) => response.statusCode)).toEqual(Array.from({ length: 20 }, () => 200));
  const refused = await site.look('/events');
  expect(refused.status).toBe(503);
  expect(refused.headers['retry-after']).toBe('60');
  streams[0]?.response.destroy();
  await expect.poll(async () => (await listenTo(site)).response.statusCode).toBe(200);
});

test('close() ends what is listened to', async () => {
  const site = await startDashboardSite();
  const { ended, events } = await listenTo(site);
  await expect.poll(() => events.length).toBe(1);
  await site.pages.close();
  await ended;
});

test('a stranger gets no event', async () => {
  const site = await startDashboardSite();
  expect((await site.request('/_pages/events')).status).toBe(401);
});

test('HEAD has an end, and listens to nothing', async () => {
  const site = await startDashboardSite();
  const { status, headers } = await site.look('/events', { method: 'HEAD' });
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
});
