import { EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import http, { IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { duplexPair, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import compression from 'compression';
import express, { type Response } from 'express';
import { describe, expect, test } from 'vitest';
import { renderPath } from '../../../src/publish/render/render.js';
import { listen, send } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';

const express4: typeof express = createRequire(import.meta.url)('express4');

const BIG = Buffer.alloc(2 * 1024 * 1024, 'two mebibytes ');

/** Sends the same GET through Node's own HTTP parser and client, over a connection without a port. */
async function overHttp(listener: RequestListener, path: string) {
  const [ours, theirs] = duplexPair();
  const server = http.createServer(listener);
  server.emit('connection', theirs);
  const sent = http.request({ path, headers: { host: 'localhost' }, createConnection: () => ours });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

/** Returns an answer without the parts that differ each time. */
function comparable(answer: {
  readonly headers: object;
  readonly status?: number | undefined;
  readonly body: Buffer;
}) {
  const { date, connection, 'keep-alive': _timeout, ...headers } = answer.headers as Record<string, unknown>;
  return { status: answer.status, headers, body: answer.body.toString('latin1') };
}

async function sampleApp(framework: typeof express) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file.html'), `<p>${'a file '.repeat(20_000)}</p>`);
  const app = framework();
  app.use('/compressed', compression({ threshold: 0 }));
  app.get(['/text', '/compressed/text'], (_request, response) => void response.send('é'.repeat(500)));
  app.get('/json', (_request, response) => void response.json({ a: [1, 'ü'] }));
  app.get('/empty', (_request, response) => void response.status(204).end());
  app.get('/redirect', (_request, response) => response.redirect(301, '/text'));
  app.get('/cookies', (_request, response) => void response.cookie('a', '1').cookie('b', '2').send('x'));
  app.get('/file', (_request, response) => response.sendFile(join(folder, 'file.html')));
  app.get('/stream', (_request, response) => void Readable.from(['one', 'two', 'three']).pipe(response));
  app.get('/big', (_request, response) => void response.type('txt').send(BIG));
  app.get('/big-stream', (_request, response) => void Readable.from([BIG, BIG]).pipe(response));
  app.get('/head-at-once', (_request, response) => {
    response.writeHead(202, 'Fine', { 'X-A': ['1', '2'], 'Content-Type': 'text/plain' });
    response.write('a');
    response.end('b');
  });
  app.get('/latin', (_request, response) => void response.end('c3a9', 'hex'));
  app.get('/hints', (_request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.end('after the hints');
  });
  app.get('/throws', () => {
    throw new Error('broken');
  });
  app.get('/rejects', async (_request, _response, next) => {
    await Promise.reject(new Error('broken')).catch(next);
  });
  app.post('/post-only', (_request, response) => void response.send('posted'));
  app.use((_error: Error, _request: unknown, response: Response, _next: unknown) => {
    response.status(500).send('an error');
  });
  return app;
}

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('with %s the answer is that of a real connection:', (_name, framework) => {
  const paths = [
    ...['/text', '/json', '/empty', '/redirect', '/cookies', '/file', '/stream', '/big', '/big-stream'],
    ...['/head-at-once', '/latin', '/hints', '/throws', '/rejects', '/post-only', '/missing'],
    '/compressed/text',
  ];
  test.each(paths)('%s', async (path) => {
    const app = await sampleApp(framework);
    const real = comparable(await overHttp(app, path));
    expect(comparable(await renderPath(app, { path, host: 'localhost' }))).toEqual(real);
  });
});

describe('a render fails, and names its path, when', () => {
  const cases: readonly [string, RequestListener, string][] = [
    [
      'the listener throws',
      () => {
        throw new Error('at once');
      },
      'at once',
    ],
    [
      'an async listener rejects',
      async () => {
        await Promise.reject(new Error('later'));
      },
      'later',
    ],
    ['the connection is broken', (_request, response) => void response.destroy(), 'closed the connection'],
    [
      'the body is cut short',
      (_request, response) => {
        response.writeHead(200, { 'content-length': 9 }).end('abc');
      },
      '9 bytes and sent 3',
    ],
    ['the handler never ends', () => undefined, 'the response did not end within 20 ms'],
    [
      'the response has no end',
      (_request, response) => {
        const write = (): unknown => response.destroyed || response.write('x'.repeat(1000), write);
        write();
      },
      'larger than 5000 bytes',
    ],
  ];
  test.each(cases)('%s', async (_name, listener, message) => {
    const settings = {
      path: '/a',
      host: 'localhost',
      timeoutMs: message.includes('did not end') ? 20 : 5000,
      maxBytes: 5000,
    };
    const failure = await renderPath(listener, settings).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ERR_RENDER_FAILED', path: '/a' });
    expect(String(failure)).toContain(message);
  });
});

test('an aborted render rejects with the reason, and the application is told as by a client that left', async () => {
  const events = new EventEmitter();
  const controller = new AbortController();
  const closed: string[] = [];
  const rendering = once(events, 'rendering');
  const render = renderPath(
    (request, response) => {
      request.on('close', () => closed.push('request'));
      response.on('close', () => closed.push('response'));
      events.emit('rendering');
    },
    { path: '/a', host: 'localhost', signal: controller.signal },
  );
  await rendering;
  controller.abort(new Error('enough'));
  await expect(render).rejects.toThrow('enough');
  await expect.poll(() => [...closed].sort()).toEqual(['request', 'response']);
});

test('a render that is aborted before it begins does not reach the application', async () => {
  const calls: string[] = [];
  const signal = AbortSignal.abort(new Error('before'));
  const render = renderPath(() => void calls.push('called'), { path: '/a', host: 'localhost', signal });
  await expect(render).rejects.toThrow('before');
  expect(calls).toEqual([]);
});

test('headers are sent as given, and events come as at the end of a real exchange', async () => {
  const events: string[] = [];
  const answer = await renderPath(
    (request, response) => {
      request.on('end', () => events.push('request end')).on('aborted', () => events.push('aborted'));
      response.on('finish', () => events.push('finish')).on('close', () => events.push('close'));
      response.end(`${request.headers['x-theme']} ${request.headers.host} ${request.socket.remoteAddress}`);
    },
    { path: '/a', host: 'blog.example', headers: { 'X-Theme': 'dark' } },
  );
  expect(answer.body.toString()).toBe('dark blog.example 127.192.0.2');
  await expect.poll(() => events).toEqual(expect.arrayContaining(['finish', 'close', 'request end']));
  expect(events).not.toContain('aborted');
});

test('no prototype is touched, and live requests before, during and after are unharmed', async () => {
  const app = await sampleApp(express);
  const prototypes = [
    IncomingMessage.prototype,
    ServerResponse.prototype,
    express.request,
    express.response,
    app.request,
    app.response,
  ];
  const shapes = () =>
    prototypes.map((prototype) => [
      Object.getPrototypeOf(prototype),
      ...Object.getOwnPropertyNames(prototype),
    ]);
  const before = shapes();
  const port = await listen(app);
  const live = async () => (await send(port, '/text')).status;
  expect(await live()).toBe(200);
  const during = Array.from({ length: 20 }, live);
  const renders = Array.from({ length: 20 }, () => renderPath(app, { path: '/stream', host: 'localhost' }));
  expect(new Set(await Promise.all(during))).toEqual(new Set([200]));
  for (const { body } of await Promise.all(renders)) expect(body.toString()).toBe('onetwothree');
  expect(await live()).toBe(200);
  expect((await send(port, '/post-only', { method: 'POST', body: 'x' })).body).toBe('posted');
  expect(shapes()).toEqual(before);
});
