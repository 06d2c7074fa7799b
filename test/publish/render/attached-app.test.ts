import http from 'node:http';
import { createRequire } from 'node:module';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { startSite } from '../../helpers/site/site.js';

/** A package without types. */
const Koa = createRequire(import.meta.url)('koa') as new () => object;
const ERROR = 'Expected attach() to get the app that express() returns, or another request listener, got ';

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'nothing'],
  ['null', null, 'null'],
  ['a path', './app.js', 'a string'],
  ['a module', { default: {} }, 'an object'],
  ['a server', http.createServer(), 'an instance of Server; give what the server was made with'],
  ['an app that is still being made', Promise.resolve(), 'a promise; await it first'],
  ['a Koa app', new Koa(), 'an instance of Application; give its callback()'],
  ['a Fastify app', fastify(), 'an object; give its `routing`'],
])('%s cannot be attached, and the app from before stays', async (_name, given, got) => {
  const site = await startSite((app) => app.get('/', (_request, response) => void response.send('page')));
  expect(() => site.pages.attach(given as never)).toThrow(
    expect.objectContaining({ code: 'ERR_NOT_ATTACHED', message: `${ERROR}${got}` }),
  );
  expect((await site.pages.quickPublish('/')).stored).toMatchObject([{ path: '/' }]);
});
