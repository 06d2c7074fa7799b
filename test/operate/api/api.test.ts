import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import connectApp from 'connect';
import express, { json } from 'express';
import { describe, expect, test } from 'vitest';
import type { Api } from '../../../src/operate/api/api.js';
import { listen, send } from '../../helpers/site/site.js';
import { bearer, startApiSite, TOKEN, withDocument } from './site.js';

/** A package without types. */
const express4: typeof express = createRequire(import.meta.url)('express4');

describe('delete', () => {
  test.each([
    ['a path', { targets: ['/a'] }, ['/a']],
    ['a glob', { targets: ['/tagged/**'] }, ['/tagged/tea/1', '/tagged/tea/2']],
    ['a URL', { targets: ['http://localhost/a'] }, ['/a']],
    ['a tag', { tags: ['tea'] }, ['/tagged/tea/1', '/tagged/tea/2']],
    ['several things', { targets: ['/a'], tags: ['tea'] }, ['/a', '/tagged/tea/1', '/tagged/tea/2']],
    ['everything', { all: true }, ['/a', '/b', '/tagged/tea/1', '/tagged/tea/2']],
    ['nothing that is stored', { targets: ['/c'] }, []],
  ])('of %s says what is gone, which is then rendered again', async (_what, json, gone) => {
    const site = await startApiSite();
    const paths = ['/a', '/b', '/tagged/tea/1', '/tagged/tea/2'];
    for (const path of paths) await site.visit(path);
    const { status, document } = await site.call('/delete', { json });
    expect(status).toBe(200);
    expect(document.deleted.sort()).toEqual(gone);
    expect(document.counts).toEqual({ deleted: gone.length, regenerated: 0, kept: 0, notPages: 0 });
    for (const path of paths) expect(await site.ask(path)).toBe(gone.includes(path) ? 'stored' : 'hit');
  });

  test('names the paths that no page can have', async () => {
    const { call } = await startApiSite();
    const { document } = await call('/delete', { json: { targets: ['/a', '/100%25'] } });
    expect(document).toMatchObject({ notPages: ['/100%25'], counts: { notPages: 1 } });
  });

  test('deletes, and does not regenerate, where the site regenerates', async () => {
    const site = await startApiSite({ refresh: 'regenerate' });
    await site.visit('/a');
    expect((await site.call('/delete', { json: { targets: ['/a'] } })).document.deleted).toEqual(['/a']);
  });

  test.each([
    ['a bad target', { targets: ['posts'] }, 'ERR_BAD_TARGET', /must start with '\/'/],
    ['a bad tag', { tags: ['a\nb'] }, 'ERR_BAD_TAG', /control characters/],
    ['an unknown field', { target: ['/a'] }, 'ERR_API_BAD_REQUEST', /`target`.*did you mean `targets`/],
    [
      'a field of Object',
      JSON.parse('{"__proto__":["/a"],"targets":["/a"]}'),
      'ERR_API_BAD_REQUEST',
      /__proto__/,
    ],
    ['no target', {}, 'ERR_API_BAD_REQUEST', /`targets`/],
    ['an empty list', { targets: [] }, 'ERR_API_BAD_REQUEST', /`targets`/],
    ['all and a target', { all: true, targets: ['/a'] }, 'ERR_API_BAD_REQUEST', /`all`/],
    ['no list', { targets: '/a' }, 'ERR_API_BAD_REQUEST', /`targets`/],
    ['a number', { targets: [1] }, 'ERR_API_BAD_REQUEST', /`targets\[0\]`/],
    ['too many', { targets: Array.from({ length: 1001 }, () => '/a') }, 'ERR_API_BAD_REQUEST', /1000/],
    ['an array', ['/a'], 'ERR_API_BAD_REQUEST', /object/],
    ['null', null, 'ERR_API_BAD_REQUEST', /object/],
  ])('of %s is a problem that says so, and deletes nothing', async (_what, sent, code, detail) => {
    const site = await startApiSite();
    await site.visit('/a');
    const { status, headers, document } = await site.call('/delete', { json: sent });
    expect(headers['content-type']).toBe('application/problem+json');
    expect({ status, document }).toEqual({
      status: 400,
      document: expect.objectContaining({ type: 'about:blank', title: 'Bad Request', status: 400, code }),
    });
    expect(document.detail).toMatch(detail);
    expect(document.remedy).toMatch(/\S/);
    expect(await site.ask('/a')).toBe('hit');
  });
});

describe('a request', () => {
  test.each([
    ['of an unknown path', 'GET', '/nothing', 404, 'ERR_API_NOT_FOUND', undefined],
    ['of a path with a slash more', 'GET', '/stats/', 404, 'ERR_API_NOT_FOUND', undefined],
    ['by a method that reads', 'GET', '/delete', 405, 'ERR_API_METHOD', 'POST, OPTIONS'],
    ['by a method that writes', 'POST', '/stats', 405, 'ERR_API_METHOD', 'GET, HEAD, OPTIONS'],
    ['by a method that nobody knows', 'PATCH', '/pages', 405, 'ERR_API_METHOD', 'GET, HEAD, OPTIONS'],
  ])('%s is a problem', async (_what, method, path, status, code, allow) => {
    const { call } = await startApiSite();
    const answer = await call(path, { method });
    expect(answer.status).toBe(status);
    expect(answer.document.code).toBe(code);
    expect(answer.headers.allow).toBe(allow);
  });

  test('of OPTIONS says the methods, and gives no other site leave', async () => {
    const { call } = await startApiSite();
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const answer = await call('/delete', { method: 'OPTIONS', headers });
    expect(answer).toMatchObject({ status: 204, body: '', headers: { allow: 'POST, OPTIONS' } });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('of HEAD is answered as one of GET, without the body', async () => {
    const { call } = await startApiSite();
    const [get, head] = [await call('/pages'), await call('/pages', { method: 'HEAD' })];
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
  });

  test.each([
    ['of a form', 'application/x-www-form-urlencoded', 'targets=/a'],
    ['of plain text', 'text/plain', '{"targets":["/a"]}'],
    ['of JSON in another charset', 'application/json; charset=latin1', '{"targets":["/a"]}'],
    ['without a type', undefined, '{"targets":["/a"]}'],
  ])('with a body %s is refused, as any site may have it sent', async (_what, type, body) => {
    const site = await startApiSite();
    await site.visit('/a');
    const headers = { ...bearer, ...(type === undefined ? {} : { 'content-type': type }) };
    const answer = await site.request('/_pages/delete', { method: 'POST', body, headers });
    expect(withDocument(answer)).toMatchObject({ status: 415, document: { code: 'ERR_API_MEDIA_TYPE' } });
    expect(await site.ask('/a')).toBe('hit');
  });

  test('with a coded body is refused', async () => {
    const { call } = await startApiSite();
    const headers = { 'content-encoding': 'gzip' };
    expect(await call('/delete', { json: { all: true }, headers })).toMatchObject({ status: 415 });
  });

  test('whose body is no JSON, or no UTF-8, is refused', async () => {
    const { call } = await startApiSite();
    for (const body of ['{', '', '{"targets":["/a"]} x'])
      expect(await call('/delete', { json: 0, body })).toMatchObject({ status: 400 });
  });

  test.each([
    ['says how long it is', (body: string) => `Content-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`],
    [
      'does not say how long it is',
      (body: string) => `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}`,
    ],
  ])('with too long a body that %s is refused before all of it has come', async (_what, rest) => {
    const { port } = await startApiSite();
    const socket = connect(port, '127.0.0.1');
    const body = `{"targets":["${'/a'.repeat(2 ** 20)}"]}`;
    socket.on('error', () => undefined);
    socket.write(
      `POST /_pages/delete HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\n${rest(body)}`,
    );
    // The response ends, although the request has not ended.
    expect(await text(socket)).toMatch(/^HTTP\/1.1 413 .*"code":"ERR_API_BODY_TOO_LARGE"/s);
  });
});

describe('the API', () => {
  test('answers below our middleware, and no answer becomes a page', async () => {
    const site = await startApiSite();
    for (const path of ['/stats', '/pages', '/nothing']) {
      const { headers } = await site.call(path);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    }
    for (const path of ['/stats', '/nothing']) await site.request(`/_pages${path}`);
    await site.visit('/a');
    expect((await site.call('/pages')).document.pages).toMatchObject([{ path: '/a' }]);
  });

  test('appends nothing to the log of invalidations for a POST of its own', async () => {
    const site = await startApiSite();
    await site.call('/delete', { json: { targets: ['/a'] } });
    const { invalidations } = (await site.call('/stats')).document;
    expect(invalidations).toMatchObject([{ kind: 'path', value: '/a' }]);
  });

  test('leaves the app its unsafe requests', async () => {
    const site = await startApiSite();
    await site.visit('/a');
    await site.request('/a', { method: 'POST' });
    expect(await site.ask('/a')).toBe('stored');
  });

  test.each([
    ['Express 4', (api: Api) => express4().use('/deep/api', api)],
    ['Express 5', (api: Api) => express().use('/deep/api', api)],
    ['Connect', (api: Api) => connectApp().use('/deep/api', api)],
  ])('is mounted in %s', async (_what, mount) => {
    const { pages } = await startApiSite();
    const app = mount(pages.api({ authorize: { token: TOKEN } }));
    expect((await send(await listen(app), '/deep/api/stats', { headers: bearer })).status).toBe(200);
  });

  test('is a listener of node:http by itself', async () => {
    const { pages } = await startApiSite();
    const port = await listen(pages.api({ authorize: { token: TOKEN } }));
    for (const target of ['/stats', `http://127.0.0.1:${port}/stats`])
      expect((await send(port, target, { headers: bearer })).status).toBe(200);
  });

  test('takes what express.json() has read', async () => {
    const site = await startApiSite({ before: (app) => app.use(json()) });
    await site.visit('/a');
    expect((await site.call('/delete', { json: { targets: ['/a'] } })).document.deleted).toEqual(['/a']);
  });

  test('says so where other middleware has swallowed the body', async () => {
    const site = await startApiSite({
      before: (app) => app.use((request, _response, next) => void request.resume().on('end', next)),
    });
    expect(await site.call('/delete', { json: { all: true } })).toMatchObject({
      status: 500,
      document: { code: 'ERR_API_BODY_TAKEN' },
    });
  });

  test('of a closed site says that it is closed', async () => {
    const site = await startApiSite();
    await site.pages.close();
    for (const path of ['/pages', '/stats', '/why?url=/a'])
      expect(await site.call(path)).toMatchObject({ status: 503, document: { code: 'ERR_CLOSED' } });
    const json = { targets: ['/a'] };
    expect(await site.call('/delete', { json })).toMatchObject({ status: 503 });
  });

  test('works on the pages of other processes', async () => {
    const one = await startApiSite();
    const other = await startApiSite({ webRoot: one.webRoot });
    await other.visit('/a');
    expect((await one.call('/pages')).document.pages).toMatchObject([{ path: '/a' }]);
    expect((await one.call('/delete', { json: { targets: ['/a'] } })).document.deleted).toEqual(['/a']);
    expect(await other.ask('/a')).toBe('stored');
  });
});
