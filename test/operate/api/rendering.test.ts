import http from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { staticGenerator } from '../../../src/static-generator.js';
import { listen, send } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { bearer, startApiSite, TOKEN, withDocument } from './site.js';

test('publish renders and stores, and says what it refused and why', async () => {
  const site = await startApiSite({
    routes: (app) => app.get('/fails', (_request, response) => void response.status(500).send('x')),
  });
  const { status, document } = await site.call('/publish', {
    json: { targets: ['/a', '/fails', '/100%25'] },
  });
  expect(status).toBe(200);
  expect(document).toMatchObject({
    counts: { stored: 1, refused: 1, notPages: 1 },
    ...{ stored: [{ path: '/a' }], refused: [{ path: '/fails', reason: 'status', detail: '500' }] },
    notPages: ['/100%25'],
  });
  expect(await site.ask('/a')).toBe('hit');
});

test('regenerate replaces pages by new renders, all of them too', async () => {
  let version = 1;
  const site = await startApiSite({
    routes: (app) => app.get('/v', (_request, response) => void response.send(`version ${version}`)),
  });
  for (const path of ['/v', '/a']) await site.visit(path);
  version = 2;
  const { document } = await site.call('/regenerate', { json: { targets: ['/v'] } });
  expect(document).toMatchObject({ counts: { deleted: 0, regenerated: 1 }, regenerated: ['/v'] });
  expect(await site.request('/v')).toMatchObject({ body: 'version 2', cache: 'staticgenerator; hit' });
  const all = await site.call('/regenerate', { json: { all: true } });
  expect(all.document.regenerated.sort()).toEqual(['/a', '/v']);
});

test('a client that leaves stops what it has begun to publish', async () => {
  let rendered = 0;
  let leave: () => void = () => undefined;
  let notice: () => void = () => undefined;
  const noticed = new Promise<void>((resolve) => {
    notice = resolve;
  });
  const site = await startApiSite({
    routes: (app) => {
      app.use('/_pages/publish', (_request, response, next) => {
        response.once('close', notice);
        next();
      });
      app.get('/slow/:n', async (_request, response) => {
        rendered += 1;
        leave();
        await noticed;
        response.send('slow');
      });
    },
  });
  const targets = Array.from({ length: 50 }, (_, index) => `/slow/${index}`);
  const headers = { ...bearer, 'content-type': 'application/json' };
  const sent = http.request({ port: site.port, path: '/_pages/publish', method: 'POST', headers });
  const left = new Promise((resolve) => sent.on('error', resolve));
  leave = () => sent.destroy();
  sent.end(JSON.stringify({ targets, concurrency: 1 }));
  await left;
  await noticed;
  // While these pages are rendered, more of the aborted publication would be rendered too.
  for (const path of ['/a', '/b', '/c', '/d']) await site.call('/publish', { json: { targets: [path] } });
  expect(rendered).toBe(1);
  expect(site.logger.lines.filter(({ message }) => message.includes('API failed'))).toEqual([]);
});

test.each(['/publish', '/regenerate'])('%s without an app says so', async (path) => {
  const bare = staticGenerator({
    webRoot: join(await temporaryFolder(), 'www'),
    urls: [/^\//],
    logger: false,
  });
  const port = await listen(bare.api({ authorize: { token: TOKEN } }));
  const headers = { ...bearer, 'content-type': 'application/json' };
  const answer = await send(port, path, { method: 'POST', headers, body: '{"targets":["/a"]}' });
  expect(withDocument(answer)).toMatchObject({ status: 501, document: { code: 'ERR_NOT_ATTACHED' } });
  await bare.close();
});

test('a report of very many pages is written bit by bit', async () => {
  const site = await startApiSite();
  await site.pages.quickPublish(Array.from({ length: 1_100 }, (_, index) => `/n/${index}`));
  const { document, headers } = await site.call('/delete', { json: { all: true } });
  expect(headers['transfer-encoding']).toBe('chunked');
  expect(document.counts.deleted).toBe(1_100);
  expect(new Set(document.deleted).size).toBe(1_100);
});
