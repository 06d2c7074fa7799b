import { createRequire } from 'node:module';
import connectApp from 'connect';
import express from 'express';
import { describe, expect, test } from 'vitest';
import { listen, send } from '../../helpers/site/site.js';
import { basic, listedPaths, startDashboardSite, TOKEN } from './site.js';

/** A package without types. */
const express4: typeof express = createRequire(import.meta.url)('express4');

describe('who may see it', () => {
  test.each([
    ['nobody says', {}],
    ['a word is the token', { authorize: { token: 'secret' } }],
    ['true', { authorize: true }],
    ['another option is given', { authorize: { token: TOKEN }, path: '/' }],
  ])('is not decided where %s: it is refused to be mounted', async (_what, options) => {
    const { pages } = await startDashboardSite();
    expect(() => pages.dashboard(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTIONS', message: expect.stringMatching(/authorize|path/) }),
    );
  });

  test('is whoever has the token, as a password of any name, or as a bearer', async () => {
    const { request } = await startDashboardSite();
    const password = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    for (const authorization of [basic.authorization, password(`:${TOKEN}`), `Bearer ${TOKEN}`])
      expect((await request('/_pages/', { headers: { authorization } })).status).toBe(200);
    for (const authorization of [
      password(TOKEN),
      password(`${TOKEN}:x`),
      password('x:y'),
      'Basic ',
      `Bearer x`,
    ]) {
      const answer = await request('/_pages/', { headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="staticgenerator"/);
    }
  });

  test('is whom the function of the site lets in', async () => {
    const authorize = (request: { readonly headers: NodeJS.Dict<string | string[]> }) =>
      request.headers.who === 'me';
    const { request } = await startDashboardSite({ authorize });
    expect((await request('/_pages/', { headers: { who: 'me' } })).status).toBe(200);
    const refused = await request('/_pages/', { headers: { who: 'you' } });
    expect(refused.status).toBe(403);
    expect(refused.headers['www-authenticate']).toBeUndefined();
  });

  test('nobody else learns of pages, and of which addresses there are', async () => {
    const site = await startDashboardSite();
    await site.visit('/secret-page');
    for (const path of ['/', '/nothing', '/events', '/?q=secret']) {
      const { status, body } = await site.request(`/_pages${path}`);
      expect(status).toBe(401);
      expect(body).not.toContain('secret-page');
    }
  });
});

describe('an answer', () => {
  test('is kept by nobody, framed by nobody, and loads nothing from elsewhere, whatever it is', async () => {
    const { look, request } = await startDashboardSite();
    const page = await look();
    const style = /href="(style\.[^"]+)"/.exec(page.body)?.[1];
    const answers = [
      page,
      await look(`/${style}`),
      await look('/nothing'),
      await look('/', { method: 'POST' }),
      await look(''),
      await request('/_pages/'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 405, 307, 401]);
    for (const { headers } of answers) {
      expect(headers['cache-control']).toContain('no-store');
      expect(headers['x-content-type-options']).toBe('nosniff');
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
    }
  });

  test('has no script and no style in the page itself', async () => {
    const { body } = await (await startDashboardSite()).look();
    expect(body).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|https?:\/\//i);
    expect([...body.matchAll(/<script[^>]*>/g)].join()).toMatch(
      /^<script src="live\.[0-9a-f]{12}\.js" defer>$/,
    );
  });

  test('never becomes a page, though a pattern matches its URL', async () => {
    const authorize = () => true;
    const site = await startDashboardSite({ authorize, urls: [/./] });
    const script = /src="(live\.[^"]+)"/.exec((await site.request('/_pages/')).body)?.[1];
    for (const path of ['/_pages/', '/_pages', `/_pages/${script}`, '/_pages/nothing']) {
      const asked = [await site.request(path), await site.request(path)];
      for (const { headers } of asked) expect(headers['cache-status']).not.toContain('hit');
    }
    expect(listedPaths(await site.request('/_pages/'))).toEqual([]);
  });
});

describe('it works', () => {
  test.each([
    ['Express 5', () => express()],
    ['Express 4', () => express4()],
    ['Connect', () => connectApp()],
  ])('in %s, below any path, with links that stay below it', async (_what, make) => {
    const { pages } = await startDashboardSite();
    const app = make() as ReturnType<typeof connectApp>;
    app.use('/ops/pages', pages.dashboard({ authorize: { token: TOKEN } }));
    const port = await listen(app);
    const bare = await send(port, '/ops/pages?q=a', { headers: basic });
    expect(bare).toMatchObject({ status: 307, headers: { location: './pages/?q=a' } });
    const page = await send(port, '/ops/pages/?q=a', { headers: basic });
    expect(page.status).toBe(200);
    expect(page.body).not.toMatch(/(?:href|src|action)="\//);
  });

  test('as a server of its own', async () => {
    const { pages } = await startDashboardSite();
    const port = await listen(pages.dashboard({ authorize: { token: TOKEN } }));
    expect((await send(port, '/', { headers: basic })).status).toBe(200);
  });

  test('until the site is closed', async () => {
    const { pages, look } = await startDashboardSite();
    await pages.close();
    expect((await look()).status).toBe(503);
  });
});

describe('the list of pages', () => {
  test('is filtered by path, tag, rule, type, size, age and who serves them', async () => {
    const site = await startDashboardSite({
      urls: [/^\/tagged\//, /^\/feed\.xml$/, /^\/./],
      routes: (app) => {
        app.get('/feed.xml', (_request, response) => {
          response.type('application/xml; charset=utf-8').send('<rss/>');
        });
        app.get('/large', (_request, response) => void response.send('x'.repeat(20_000)));
        app.get('/special', (_request, response) => void response.set('X-Special', 'a').send('special'));
      },
    });
    for (const path of ['/a', '/feed.xml', '/large', '/special', '/tagged/tea/1', '/tagged/soup/1'])
      await site.visit(path);
    const listed = async (query: string) => listedPaths(await site.look(`/?${query}`));
    expect(await listed('')).toHaveLength(6);
    expect(await listed('q=TAGGED')).toEqual(['/tagged/soup/1', '/tagged/tea/1']);
    expect(await listed('tag=tea')).toEqual(['/tagged/tea/1']);
    expect(await listed(`rule=${encodeURIComponent('/^\\/feed\\.xml$/')}`)).toEqual(['/feed.xml']);
    expect(await listed('type=application/xml')).toEqual(['/feed.xml']);
    expect(await listed('size=10')).toEqual(['/large']);
    expect(await listed('served=node')).toEqual(['/special']);
    expect(await listed('age=new-5m')).toHaveLength(6);
    expect(await listed('age=old-1d')).toEqual([]);
    expect(await listed('q=1&tag=tea&served=nginx')).toEqual(['/tagged/tea/1']);
    expect((await site.look('/?q=nowhere')).body).toContain('No page matches.');
  });

  test('goes on where it has stopped, also when pages come and go meanwhile', async () => {
    const site = await startDashboardSite();
    const paths = Array.from({ length: 60 }, (_, index) => `/p${String(index).padStart(2, '0')}`);
    for (const path of paths) await site.visit(path);
    const seen: string[] = [];
    for (let query: string | undefined = '?q=p'; query !== undefined; ) {
      const answer = await site.look(`/${query}`);
      seen.push(...listedPaths(answer));
      query = /<a rel="next" href="([^"#]*)#stored"/.exec(answer.body)?.[1]?.replaceAll('&amp;', '&');
      await site.pages.quickDelete(String(seen.at(-1)));
    }
    expect(seen).toEqual(paths);
  });

  test('takes any query for one', async () => {
    const { look } = await startDashboardSite();
    const odd = [
      ...['?from=x', '?from=9999999999999999999.x', '?size=a&age=b&served=c', '?tag=%00', '?period=year'],
      ...[`?q=${'a'.repeat(5_000)}`, '?%', '?__proto__=1&constructor=2'],
    ];
    for (const query of odd) expect((await look(`/${query}`)).status).toBe(200);
  });
});

describe('hostile names', () => {
  const SCRIPT = '<script>alert("1")<!--';

  test('of pages, tags, rules, details and queries are text', async () => {
    const site = await startDashboardSite({
      urls: [/^\/(?!<script>)/],
      routes: (app) => {
        app.get('/tags', (_request, response) => {
          site.pages.tag(SCRIPT);
          response.send('tagged');
        });
        app.get('/skipped', (_request, response) => {
          site.pages.skip(SCRIPT);
          response.send('skipped');
        });
      },
    });
    const odd = '/a&b=(c)';
    for (const path of ['/tags', '/skipped', odd]) await site.ask(path);
    const [{ body: before }] = [await site.look()];
    await site.pages.quickDelete({ tag: SCRIPT });
    const { body: after } = await site.look(
      `/?q=${encodeURIComponent(SCRIPT)}&rule=${encodeURIComponent(SCRIPT)}`,
    );
    for (const text of [before, after]) {
      expect(text).not.toContain(SCRIPT);
      expect([...text.matchAll(/<script/g)]).toHaveLength(1);
    }
    // The tag of a page, its link, and the reason of skip().
    expect([...before.matchAll(/&lt;script&gt;alert\(&quot;1&quot;\)&lt;!--/g)].length).toBeGreaterThan(1);
    expect(before).toContain('(?!&lt;script&gt;)');
    expect(before).toContain('href="/a&amp;b=(c)"');
    expect(after).toContain('tag &lt;script&gt;');
  });

  test('that would turn the text around or hold controls are shown by their numbers', async () => {
    const site = await startDashboardSite();
    await site.visit(`/${encodeURIComponent('a\u202Eb')}`);
    const { body } = await site.look();
    expect(body).not.toContain('\u202E');
    expect(body).toContain('/a\\u{202e}b');
  });

  test('of attributes do not end them', async () => {
    const { look } = await startDashboardSite();
    const { body } = await look(`/?q=${encodeURIComponent('"><img src=x onerror=alert(1)>')}`);
    expect(body).not.toContain('<img');
    expect(body).toContain('value="&quot;&gt;&lt;img');
  });
});

describe('it shows', () => {
  test('what is not stored, with the line that mends it, until it is', async () => {
    let isMended = false;
    const site = await startDashboardSite({
      routes: (app) => {
        app.get('/agent', (request, response) => {
          response.send(isMended ? 'all the same' : `you have ${request.get('user-agent') ?? 'none'}`);
        });
      },
    });
    expect(await site.ask('/agent')).toBe('reads-header');
    const { body } = await site.look();
    expect(body).toContain('<code>reads-header</code>');
    expect(body).toContain('ignoreHeaders: { add: [&#39;user-agent&#39;] }');
    isMended = true;
    await site.visit('/agent');
    expect((await site.look()).body).not.toContain('reads-header');
  });

  test('a deletion that empties the site at once, and what caused it', async () => {
    const site = await startDashboardSite();
    for (let page = 0; page < 12; page += 1) await site.visit(`/tagged/all/${page}`);
    await site.visit('/other');
    expect((await site.look()).body).not.toContain('emptied');
    await site.pages.quickDelete({ tag: 'all' });
    const { body } = await site.look();
    expect(body).toContain('<strong>The tag all emptied 12 of 13 pages</strong>');
  });

  test('hits, misses and the renders that took longest', async () => {
    const site = await startDashboardSite();
    await site.visit('/a');
    await site.request('/a');
    await site.request('/a');
    const { body } = await site.look();
    expect(body).toMatch(/<dt>Hit ratio<\/dt><dd><strong>66\.6 %<\/strong> <span>2 hits, 1 miss</);
    expect(body).toMatch(/<dt>Renders<\/dt><dd><strong>1<\/strong>/);
    expect(body).toMatch(/The slowest pages.*href="\/a"/s);
  });
});
