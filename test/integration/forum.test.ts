import express, { type Request } from 'express';
import session from 'express-session';
import { expect, test } from 'vitest';
import { listen, send } from '../helpers/site/site.js';
import { testPages, visit } from './visitor.js';

const PERSON = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' };
const SPIDER = { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' };
const isSpider = (request: Request) => /bot/i.test(request.get('user-agent') ?? '');

/**
 * Starts a forum that behaves as NodeBB does: every person gets a session, crawlers get none, and a category may be for
 * crawlers only. Its login form contains a token of the session.
 */
async function startForum() {
  const site = await testPages();
  const app = express().use(site.pages.middleware);
  const sessions = session({ secret: 's', resave: false, saveUninitialized: true, name: 'express.sid' });
  app.use((request, response, next) => (isSpider(request) ? next() : sessions(request, response, next)));
  app.get('/category/1', (request, response) => {
    response.send(isSpider(request) ? '<p>topics</p>' : '<p>topics <a href="/login">Log in</a></p>');
  });
  app.get('/category/spiders', (request, response) => {
    if (isSpider(request)) response.send('<p>what guests may not read</p>');
    else response.status(403).send('<p>Log in</p>');
  });
  app.get('/login', (request, response) => {
    response.send(`<form data-csrf="${isSpider(request) ? 'none' : request.sessionID}"></form>`);
  });
  app.get('/unread', (request, response) => {
    if (isSpider(request)) response.send('<p>nothing</p>');
    else response.redirect('/login');
  });
  app.get('/rules', (_request, response) => void response.send('<p>rules</p>'));
  site.pages.attach(app);
  return { ...site, port: await listen(app) };
}

const paths = ['/category/1', '/category/spiders', '/login', '/unread', '/rules'];

test('whoever comes first to a forum, nobody gets what it says to others', async () => {
  const [crawledFirst, visitedFirst] = [await startForum(), await startForum()];
  for (const path of paths) {
    const toSpider = await visit(crawledFirst.port, crawledFirst, path, { headers: SPIDER });
    const toPerson = await send(crawledFirst.port, path, { headers: PERSON });
    const person = await visit(visitedFirst.port, visitedFirst, path, { headers: PERSON });
    const spider = await send(visitedFirst.port, path, { headers: SPIDER });
    const withoutToken = (body: string) => body.replace(/csrf="(?!none)[^"]*"/, 'csrf');
    expect([path, toPerson.status, withoutToken(toPerson.body)]).toEqual([
      path,
      person.status,
      withoutToken(person.body),
    ]);
    expect([path, spider.status, spider.body]).toEqual([path, toSpider.status, toSpider.body]);
    expect([path, toSpider.outcome]).toEqual([path, 'reads-header']);
    expect(['set-cookie', 'status', 'reads-header']).toContain(person.outcome);
  }
  for (const { pages, logger } of [crawledFirst, visitedFirst]) {
    const warned = logger.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.name);
    expect(warned).toContain('user-agent');
    expect((await pages.quickDelete('/**')).deleted).toEqual([]);
  }
});
