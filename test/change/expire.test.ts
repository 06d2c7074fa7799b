import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Express } from 'express';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startSite } from '../helpers/site/site.js';

const expired = ({ message }: { readonly message: string }) => message === 'pages expired';
const CONSTANT = { 'Cache-Control': 'public, max-age=60' };

// The clock is fake: on a machine that pauses for a second, a page would otherwise expire before the test looks at it.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

function letPagesExpire(): void {
  vi.setSystemTime(Date.now() + 61_000);
}

test('a page leaves the disk when the time that its response allowed is over', async () => {
  const site = await startSite((app) => {
    app.get('/brief', (_request, response) => response.set(CONSTANT).send('brief'));
    app.get('/lasting', (_request, response) => response.send('lasting'));
  });
  expect((await site.visit('/lasting')).outcome).toBe('stored');
  expect((await site.visit('/brief')).outcome).toBe('stored');
  expect((await site.request('/brief')).cache).toBe('staticgenerator; hit');
  letPagesExpire();
  await site.logger.waitFor(expired);
  expect((await site.request('/brief')).cache).toBe('staticgenerator; fwd=uri-miss');
  expect((await site.request('/lasting')).cache).toBe('staticgenerator; hit');
});

test('so does one that nginx serves, because its Cache-Control is declared', async () => {
  const site = await startSite(
    (app) => app.get('/brief', (_request, response) => response.set(CONSTANT).send('brief')),
    {
      headers: CONSTANT,
    },
  );
  expect((await site.visit('/brief')).outcome).toBe('stored');
  expect((await site.request('/brief')).headers).not.toHaveProperty('age');
  letPagesExpire();
  await site.logger.waitFor(expired);
  expect((await site.pages.quickDelete('/**')).deleted).toEqual([]);
});

test('and after a restart', async () => {
  const routes = (app: Express) =>
    app.get('/brief', (_request, response) => response.set(CONSTANT).send('brief'));
  const before = await startSite(routes);
  expect((await before.visit('/brief')).outcome).toBe('stored');
  await before.pages.close();
  letPagesExpire();
  const after = await startSite(routes, { webRoot: before.webRoot });
  await after.logger.waitFor(expired);
  expect((await after.pages.quickDelete('/**')).deleted).toEqual([]);
});

test('a file that cannot be removed is told of, and keeps no other from leaving in time', async () => {
  const site = await startSite(
    (app) => app.get(['/resists', '/brief'], (_request, response) => response.set(CONSTANT).send('brief')),
    { headers: CONSTANT },
  );
  expect((await site.visit('/resists')).outcome).toBe('stored');
  const file = join(site.webRoot, 'resists.page.html');
  await rm(file);
  await mkdir(file);
  letPagesExpire();
  await site.logger.waitFor(({ message }) => message === 'expired pages could not be removed');
  expect((await site.visit('/brief')).outcome).toBe('stored');
  letPagesExpire();
  await site.logger.waitFor(expired);
  expect(existsSync(join(site.webRoot, 'brief.page.html'))).toBe(false);
});
