import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { makeRoutes, type RouteParts } from '../../../src/operate/api/routes.js';
import { repository } from '../../docs/markdown.js';
import { openApi, wrongIn } from './openapi.js';
import { startApiSite } from './site.js';

test('the document is a valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  expect(await validator.validate({ ...structuredClone(openApi) })).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

test('the document has each route, and no other', () => {
  const described = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const routes = makeRoutes({ pages: {} } as RouteParts).map(({ method, path }) => `${method} ${path}`);
  expect(described.sort()).toEqual([...routes].sort());
});

test('its copy in the documentation is up to date', () => {
  const kept: unknown = JSON.parse(readFileSync(join(repository, 'docs/reference/openapi.json'), 'utf8'));
  expect(kept).toEqual(openApi);
});

test('the API serves it', async () => {
  const { call } = await startApiSite();
  expect((await call('/openapi.json')).document).toEqual(openApi);
});

describe('an answer is as it is described', () => {
  test.each<[string, string, unknown]>([
    ['POST', '/delete', { targets: ['/a', '/100%25'] }],
    ['POST', '/delete', { all: true }],
    ['POST', '/delete', { targets: ['a'] }],
    ['POST', '/delete', { target: ['a'] }],
    ['POST', '/regenerate', { targets: ['/**'] }],
    ['POST', '/regenerate', {}],
    ['POST', '/publish', { targets: ['/a', '/c', '/fails', '/100%25'], concurrency: 2 }],
    ['POST', '/publish', { tags: ['tea'], host: 'localhost', timeoutMs: 10_000 }],
    ['POST', '/publish', { targets: [] }],
    ['GET', '/pages', undefined],
    ['GET', '/pages?limit=1', undefined],
    ['GET', '/pages?limit=x', undefined],
    ['GET', '/why?url=/a', undefined],
    ['GET', '/why?url=/tagged/tea/1', undefined],
    ['GET', '/why?url=/refused', undefined],
    ['GET', '/why?url=/100%2525', undefined],
    ['GET', '/why', undefined],
    ['GET', '/stats', undefined],
    ['GET', '/openapi.json', undefined],
  ])('%s %s %j', async (method, path, json) => {
    const site = await startApiSite({
      routes: (app, pages) => {
        app.get('/fails', (_request, response) => void response.status(500).send('x'));
        app.get('/refused', (_request, response) => void response.cookie('a', 'b').send('x'));
        app.use((_request, _response, next) => {
          pages.tag('post:1', 'post:*', 'own');
          next();
        });
      },
    });
    for (const one of ['/a', '/tagged/tea/1', '/fails', '/refused']) await site.visit(one);
    await site.pages.quickDelete('/none', { tag: 'none' });
    const answer = await site.call(path, json === undefined ? { method } : { method, json });
    expect(wrongIn(method, path.replace(/\?.*/, ''), answer)).toBe('');
    expect(wrongIn(method, path.replace(/\?.*/, ''), await callWithout(site, path, method))).toBe('');
  });
});

async function callWithout(site: Awaited<ReturnType<typeof startApiSite>>, path: string, method: string) {
  const answer = await site.call(path, { method, headers: { authorization: 'none' } });
  expect(answer.status).toBe(401);
  return answer;
}
