/** Assets in an app that sets headers before them, or handles requests after them. */
import cors from 'cors';
import express, { type RequestHandler } from 'express';
import { expect, test } from 'vitest';
import { bytesOf } from '../../cases/requests.js';
import { rawRequest } from '../../helpers/servers/raw-http.js';
import { listen } from '../../helpers/site/site.js';
import { assetFolders } from '../collect/collected-files.js';

async function siteWith(
  { before, after }: { before?: RequestHandler; after?: RequestHandler },
  mode: 'production' | 'development',
) {
  const folders = await assetFolders({ 'a.json': '{}' });
  await folders.collect();
  const app = express();
  if (before !== undefined) app.use(before);
  app.use(folders.assets({ mode, rootFiles: ['a.json'] }).middleware);
  if (after !== undefined) app.use(after);
  return await listen(app);
}

test.each(['production', 'development'] as const)(
  'a preflight for an asset reaches cors(), which is mounted after the assets, in %s',
  async (mode) => {
    const port = await siteWith({ after: cors({ methods: ['GET'], allowedHeaders: ['X-A'] }) }, mode);
    for (const target of ['/static/a.json', '/a.json']) {
      const headers = ['Origin: https://other.example', 'Access-Control-Request-Method: GET'];
      const answer = await rawRequest(port, bytesOf({ method: 'OPTIONS', target, headers }));
      expect([answer.status, answer.headers]).toMatchObject([
        204,
        { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'X-A' },
      ]);
    }
  },
);

test('a 304 says nothing of a body, whatever the app has said before', async () => {
  const before: RequestHandler = (_request, response, next) => {
    response.set({ 'Content-Language': 'en', 'Content-Type': 'text/x-app', 'Content-Location': '/a' });
    next();
  };
  const port = await siteWith({ before }, 'production');
  const headers = ['If-None-Match: *'];
  const answer = await rawRequest(port, bytesOf({ target: '/static/a.json', headers }));
  expect([answer.status, answer.headers['content-location']]).toEqual([304, '/a']);
  expect(answer.headers).not.toHaveProperty('content-language');
  expect(answer.headers).not.toHaveProperty('content-type');
});
