import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { Response } from 'express';
import { describe, expect, test } from 'vitest';
import { startSite } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';

/**
 * Starts a site with one page, answered by the handler. Each response has a number, so that tests recognize a stored
 * one.
 */
async function siteWith(handler: (response: Response, count: number) => unknown, options = {}) {
  let count = 0;
  const site = await startSite((app) => {
    app.get('/page', async (_request, response) => {
      count += 1;
      await handler(response, count);
    });
  }, options);
  return { ...site, count: () => count };
}

/** Runs an action when the head of a response is written, as middleware does. */
function onHeaders(response: Response, action: () => void): void {
  const writeHead = response.writeHead;
  response.writeHead = (...given: unknown[]) => {
    action();
    return Reflect.apply(writeHead, response, given);
  };
}

describe('what becomes a page', () => {
  const ways: Record<string, (response: Response, count: number) => unknown> = {
    'res.send of a string': (response, count) => response.send(`page ${count}`),
    'write and end': (response, count) => {
      response.type('html');
      response.write('pa');
      response.write(Buffer.from('ge '));
      response.end(String(count));
    },
    'write in other encodings': (response, count) => {
      response.type('html');
      response.write('7061', 'hex');
      response.end(Buffer.from(`ge ${count}`).toString('base64'), 'base64');
    },
    'writeHead with an object': (response, count) => {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
      response.end(`page ${count}`);
    },
    'writeHead with a reason and an array': (response, count) => {
      response.writeHead(200, 'Fine', ['content-type', 'text/html; charset=utf-8']);
      response.end(`page ${count}`);
    },
    'a stream that is piped': (response, count) => {
      response.type('html');
      Readable.from(['page ', String(count)]).pipe(response);
    },
    'an explicit flush of the head': (response, count) => {
      response.type('html');
      response.flushHeaders();
      response.end(`page ${count}`);
    },
    'end with a callback only': (response, count) => {
      response.type('html');
      response.write(`page ${count}`);
      response.end(() => undefined);
    },
    'a buffer that is used again': (response, count) => {
      const buffer = Buffer.from(`page ${count}`);
      response.type('html');
      response.write(buffer, () => response.end());
      process.nextTick(() => buffer.fill('x'));
    },
  };
  test.each(Object.entries(ways))('%s is stored byte for byte', async (_name, handler) => {
    const site = await siteWith(handler);
    const miss = await site.visit('/page');
    expect(miss).toMatchObject({ body: 'page 1', outcome: 'stored', cache: 'staticgenerator; fwd=uri-miss' });
    const hit = await site.request('/page');
    expect(hit).toMatchObject({ body: 'page 1', cache: 'staticgenerator; hit' });
    expect(hit.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(hit.headers['cache-control']).toBe(miss.headers['cache-control']);
    expect(site.count()).toBe(1);
  });

  test('a response that was compressed by inner middleware is stored as identity', async () => {
    const site = await siteWith((response, count) => {
      response.set({
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Encoding': 'gzip',
        Vary: 'Accept-Encoding',
      });
      response.end(gzipSync(`page ${count}`));
    });
    expect((await site.visit('/page')).outcome).toBe('stored');
    const hit = await site.request('/page');
    expect(hit.body).toBe('page 1');
    expect(hit.headers['content-encoding']).toBeUndefined();
  });

  test('sendFile of a page is stored', async () => {
    const file = join(await temporaryFolder(), 'page.html');
    await writeFile(file, 'page 1');
    const site = await siteWith((response) =>
      response.sendFile(file, { cacheControl: false, acceptRanges: false }),
    );
    expect(await site.visit('/page')).toMatchObject({ body: 'page 1', outcome: 'stored' });
  });
});

describe('what does not become a page', () => {
  const refusals: Record<string, [string, (response: Response) => unknown, object?]> = {
    'a status other than 200': ['status', (response) => response.status(404).send('no')],
    'a redirect': ['status', (response) => response.redirect('/')],
    'a cookie': ['set-cookie', (response) => response.cookie('a', 'b').send('x')],
    'a cookie in writeHead': [
      'set-cookie',
      (response) =>
        response
          .writeHead(
            200,
            [
              ['Set-Cookie', 'a=b'],
              ['Content-Type', 'text/html; charset=utf-8'],
            ].flat(),
          )
          .end('x'),
    ],
    'Cache-Control: private': [
      'cache-control',
      (response) => response.set('Cache-Control', 'Private').send('x'),
    ],
    'Cache-Control: no-cache from the app': [
      'cache-control',
      (response) => response.set('Cache-Control', 'no-cache').send('x'),
    ],
    'Vary: Cookie': ['vary', (response) => response.vary('Cookie').send('x')],
    'no Content-Type': ['content-type', (response) => response.end('x')],
    'a stream of events': [
      'content-type',
      (response) => response.set('Content-Type', 'text/event-stream').end('data: 1\n\n'),
    ],
    'an unknown content coding': [
      'content-encoding',
      (response) => response.set('Content-Encoding', 'zstd').type('html').end('x'),
    ],
    'a broken content coding': [
      'content-encoding',
      (response) => response.set('Content-Encoding', 'gzip').type('html').end('x'),
    ],
    'an Expires that is past': [
      'expires',
      (response) => response.set('Expires', 'Thu, 01 Jan 1970 00:00:00 GMT').send('x'),
    ],
    'an Expires that is no date': ['expires', (response) => response.set('Expires', '0').send('x')],
    'Pragma: no-cache': ['pragma', (response) => response.set('Pragma', 'no-cache').send('x')],
    'an answer of another cache': ['age', (response) => response.set('Age', '1').send('x')],
    'a policy with a nonce': [
      'csp-nonce',
      (response) => response.set('Content-Security-Policy', "script-src 'nonce-r4nd0m'").send('x'),
    ],
    'a CSRF field': [
      'body-marker',
      (response) => response.send('<input type="hidden" name="_csrf" value="x">'),
    ],
    'a marker of the site': [
      'body-marker',
      (response) => response.send('Hello Ann'),
      { bodyMarkers: ['Hello '] },
    ],
    'a body over the limit': [
      'too-large',
      (response) => response.send('x'.repeat(101)),
      { maxBodyBytes: 100 },
    ],
    'a body over the limit in pieces': [
      'too-large',
      (response) => Readable.from(['x'.repeat(60), 'x'.repeat(60)]).pipe(response.type('html')),
      { maxBodyBytes: 100 },
    ],
    'a decompressed body over the limit': [
      'content-encoding',
      (response) =>
        response
          .set('Content-Encoding', 'gzip')
          .type('html')
          .end(gzipSync('x'.repeat(5000))),
      { maxBodyBytes: 100 },
    ],
    trailers: [
      'trailer',
      (response) => {
        response.set('Trailer', 'X-Sum').type('html').write('x');
        response.addTrailers({ 'X-Sum': '1' });
        response.end();
      },
    ],
    'trailers that no header has announced': [
      'trailer',
      (response) => {
        response.type('html').write('x');
        response.addTrailers({ 'X-Sum': '1' });
        response.end();
      },
    ],
    'a body that was compressed for the way': [
      'content-encoding',
      (response) => response.set('Transfer-Encoding', 'gzip, chunked').type('html').end(gzipSync('x')),
    ],
  };
  test.each(Object.entries(refusals))('%s', async (_name, [reason, handler, options]) => {
    const site = await siteWith(handler, options);
    expect((await site.visit('/page')).outcome).toBe(reason);
    expect((await site.visit('/page')).outcome).toBe(reason);
    expect(site.count()).toBe(2);
  });

  test('a reason that is known when the head leaves is told to the visitor', async () => {
    const site = await siteWith((response) => response.cookie('a', 'b').send('x'));
    expect((await site.visit('/page')).cache).toBe('staticgenerator; fwd=uri-miss; detail=set-cookie');
  });

  test('a refused response keeps its own Cache-Control, and none where it had none', async () => {
    const site = await siteWith((response) => response.status(404).send('x'));
    expect((await site.visit('/page')).headers['cache-control']).toBeUndefined();
  });

  test('a cookie that outer middleware adds when the head is written', async () => {
    const site = await siteWith((response) => response.send('x'), {
      before: (app: { use(handler: unknown): void }) =>
        app.use((_request: unknown, response: Response, next: () => void) => {
          onHeaders(response, () => response.setHeader('Set-Cookie', 'session=1'));
          next();
        }),
    });
    const answer = await site.visit('/page');
    expect(answer.headers['set-cookie']).toEqual(['session=1']);
    expect(answer.outcome).toBe('set-cookie');
  });

  test('a Cache-Control that outer middleware sets when the head is written', async () => {
    const site = await siteWith((response) => response.send('x'), {
      before: (app: { use(handler: unknown): void }) =>
        app.use((_request: unknown, response: Response, next: () => void) => {
          onHeaders(response, () => response.setHeader('Cache-Control', 'private'));
          next();
        }),
    });
    const answer = await site.visit('/page');
    expect(answer.headers['cache-control']).toBe('private');
    expect(answer.outcome).toBe('cache-control');
  });

  test('a source that failed, even if the handler ended the response', async () => {
    const site = await siteWith((response) => {
      const source = new PassThrough();
      source.on('error', () => response.end('sorry'));
      response.type('html');
      source.pipe(response, { end: false });
      source.write('half');
      setImmediate(() => source.destroy(new Error('the database went away')));
    });
    expect(await site.visit('/page')).toMatchObject({ status: 200, outcome: 'incomplete' });
  });

  test('a file that was not read to its end', async () => {
    const file = join(await temporaryFolder(), 'half.html');
    await writeFile(file, 'x'.repeat(200_000));
    const site = await siteWith((response) => {
      const source = createReadStream(file, { highWaterMark: 1000 });
      response.type('html');
      source.pipe(response);
      source.once('data', () => {
        source.unpipe(response);
        response.end();
      });
    });
    expect((await site.visit('/page')).outcome).toBe('incomplete');
  });

  test('a response whose client left early', async () => {
    const site = await siteWith((response) => {
      response.type('html').write('first half');
      response.once('close', () => response.end('second half'));
    });
    const from = site.logger.lines.length;
    const sent = httpRequest(
      { port: site.port, path: '/page', headers: { host: 'localhost' } },
      (response) => {
        response.once('data', () => sent.destroy());
        response.on('error', () => undefined);
      },
    );
    sent.on('error', () => undefined);
    sent.end();
    const line = await site.logger.waitFor(({ fields }) => fields.reason === 'incomplete', from);
    expect(line.fields.path).toBe('/page');
  });

  test('a length that is wrong', async () => {
    const site = await siteWith((response) => {
      response.set({
        'Content-Length': '9',
        'Content-Type': 'text/html; charset=utf-8',
        Connection: 'close',
      });
      response.end('short');
    });
    const from = site.logger.lines.length;
    const sent = httpRequest(
      { port: site.port, path: '/page', agent: false, headers: { host: 'localhost' } },
      (response) => {
        response.on('error', () => undefined).resume();
      },
    );
    sent.on('error', () => undefined).end();
    expect((await site.logger.waitFor(({ fields }) => 'reason' in fields, from)).fields).toMatchObject({
      reason: 'content-length',
      detail: '9 declared, 5 sent',
    });
  });

  test('a page that says skip() during its render', async () => {
    const site = await startSite((app, pages) => {
      app.get('/page', async (_request, response) => {
        await Promise.resolve();
        pages.skip('a draft');
        response.send('x');
      });
    });
    const answer = await site.visit('/page');
    expect(answer).toMatchObject({
      outcome: 'skipped',
      cache: 'staticgenerator; fwd=uri-miss; detail=skipped',
    });
    expect(site.logger.lines.at(-1)?.fields.detail).toBe('a draft');
  });
});
