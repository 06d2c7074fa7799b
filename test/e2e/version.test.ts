import type { Express } from 'express';
import { expect, test } from 'vitest';
import type { SiteOptions } from '../helpers/site/site.js';
import { startSite } from '../helpers/site/site.js';

const routes = (app: Express) => app.use((request, response) => void response.send(`page ${request.path}`));

/** Stores a page of a site and closes it. Then starts another process of the site, with other options. */
async function deploy(before: SiteOptions, after: SiteOptions) {
  const first = await startSite(routes, before);
  expect((await first.visit('/page')).outcome).toBe('stored');
  await first.pages.close();
  return await startSite(routes, { ...after, webRoot: first.webRoot });
}

test('pages survive a restart with the same options', async () => {
  const site = await deploy({ version: '1' }, { version: '1' });
  expect((await site.request('/page')).cache).toBe('staticgenerator; hit');
});

test.each<[string, SiteOptions, SiteOptions]>([
  ['the version', { version: '1' }, { version: '2' }],
  ['the rules', { urls: [/^\//] }, { urls: [/^\/page$/] }],
  ['the excluded rules', {}, { excludeUrls: [/^\/private/] }],
  ['a type', {}, { types: { html: 'text/html; charset=iso-8859-1' } }],
  ['the declared headers', {}, { headers: { 'X-Frame-Options': 'DENY' } }],
  ['a body marker', {}, { bodyMarkers: ['secret'] }],
])('another value of %s outdates every page, from the first request on', async (_name, before, after) => {
  const site = await deploy(before, after);
  expect((await site.request('/page', { headers: { cookie: 'unknown=1' } })).cache).not.toContain('hit');
  await site.logger.waitFor(({ message }) => message === 'an unfinished deletion was completed');
  expect((await site.pages.quickDelete('/**')).deleted).toEqual([]);
});

test('a process of the release before stores no more, and serves what the new one stored', async () => {
  const old = await startSite(routes, { version: '1' });
  const fresh = await startSite(routes, { version: '2', webRoot: old.webRoot });
  expect((await old.visit('/page')).outcome).toBe('voided');
  expect((await fresh.visit('/page')).outcome).toBe('stored');
  expect((await old.request('/page')).cache).toBe('staticgenerator; hit');
});
