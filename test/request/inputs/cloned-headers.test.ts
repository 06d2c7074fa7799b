/**
 * A structured clone of a Proxy fails. So the headers are no Proxy on sites that declare that no page depends on them.
 */
import { MessageChannel } from 'node:worker_threads';
import type { RequestHandler } from 'express';
import { describe, expect, test } from 'vitest';
import { type SiteOptions, startSite } from '../../helpers/site/site.js';

const clones: Readonly<Record<string, RequestHandler>> = {
  structuredClone: (request, response) => void response.send(structuredClone(request.headers).host),
  postMessage: ({ headers, rawHeaders, headersDistinct }, response) => {
    const { port1, port2 } = new MessageChannel();
    port2.once('message', (message) => {
      port1.close();
      response.send(message.headers.host);
    });
    port1.postMessage({ headers, rawHeaders, headersDistinct });
  },
};
const open: readonly (readonly [string, SiteOptions])[] = [
  ['no page depends on any header', { ignoreHeaders: ['*'] }],
  ['any is added to those that no page depends on', { ignoreHeaders: { add: ['*'] } }],
  ['pages are made for nobody', { urls: [{ match: /^\//, as: 'nobody' }] }],
];

describe.each(Object.entries(clones))('an app that clones the headers by %s', (_how, handler) => {
  test.each(open)('gets no error where %s, and its page is stored', async (_what, options) => {
    const site = await startSite((app) => app.get('/page', handler), options);
    expect(await site.visit('/page')).toMatchObject({ status: 200, body: 'localhost', outcome: 'stored' });
    expect(await site.request('/page')).toMatchObject({ cache: 'staticgenerator; hit' });
  });
});

test('a clone of a copy is none of a Proxy, and is a look at all headers', async () => {
  const site = await startSite((app) =>
    app.get('/page', (request, response) => void response.send(structuredClone({ ...request.headers }).host)),
  );
  expect(await site.visit('/page')).toMatchObject({ status: 200, outcome: 'reads-header' });
});
