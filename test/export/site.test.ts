import {
  chmod,
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Express, NextFunction, Request, Response } from 'express';
import { describe, expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/run-options.js';
import { temporaryFolder } from '../helpers/temporary.js';
import { exportingSite, failuresOf, filesIn } from './site.js';

describe('the files of pages', () => {
  test('are named by path and type, and hold the bytes of the answers', async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    const site = await exportingSite((app, pages) => {
      for (const path of ['/', '/about', '/blog/', '/a.html', '/v1.2']) {
        app.get(path, (_request, response) => void response.send(`page ${path}`));
        pages.route(path);
      }
      app.get('/api/posts.json', (_request, response) => void response.json([1]));
      app.get('/feed.xml', (_request, response) => void response.type('xml').send('<feed/>'));
      app.get('/b.bin', (_request, response) => void response.type('bin').send(bytes));
      app.get('/d.xhtml', (_request, response) => void response.type('xhtml').send('<html/>'));
      app.get('/caf%C3%A9', (_request, response) => void response.send('café'));
      for (const path of ['/api/posts.json', '/feed.xml', '/b.bin', '/d.xhtml']) pages.route(path);
      pages.route('/:name', { params: ['café'] });
    });
    const report = await site.export();
    expect(report).toMatchObject({ files: 10, reused: 0, failures: [], removed: [], left: [] });
    expect(await site.files()).toMatchObject({
      'index.html': 'page /',
      'about/index.html': 'page /about',
      'blog/index.html': 'page /blog/',
      'a.html': 'page /a.html',
      'v1.2/index.html': 'page /v1.2',
      'api/posts.json': '[1]',
      'feed.xml': '<feed/>',
      'd.xhtml': '<html/>',
      'café/index.html': 'café',
    });
    expect(await readFile(join(site.folder, 'b.bin'))).toEqual(bytes);
  });

  test('are names with .html in the layout of files', async () => {
    const site = await exportingSite((app, pages) => {
      for (const path of ['/', '/about', '/blog/', '/a.html']) {
        app.get(path, (_request, response) => void response.send(path));
        pages.route(path);
      }
    });
    await site.export({ layout: 'files' });
    expect(Object.keys(await site.files())).toEqual([
      'a.html',
      'about.html',
      'blog/index.html',
      'index.html',
    ]);
  });

  test('are readable by a web server whatever the umask, and their time is that of their content', async () => {
    const site = await exportingSite((app, pages) => {
      app.get('/a/b', (_request, response) => void response.send('b'));
      pages.route('/a/b');
    });
    const before = process.umask(0o077);
    await site.export().finally(() => process.umask(before));
    const file = join(site.folder, 'a/b/index.html');
    const first = await stat(file);
    expect([first.mode & 0o777, (await stat(dirname(file))).mode & 0o777]).toEqual([0o644, 0o755]);
    await site.export();
    expect((await stat(file)).mtimeMs).toBe(first.mtimeMs);
    expect((await stat(join(site.folder, '.staticgenerator-export.json'))).mode & 0o777).toBe(0o600);
  });

  test('are made without storing pages, and not of stored ones', async () => {
    let renders = 0;
    const site = await exportingSite((app, pages) => {
      app.get('/', (_request, response) => void response.send(String(++renders)));
      pages.route('/');
    });
    await site.visit('/');
    await site.export();
    expect((await site.files())['index.html']).toBe('2');
    expect((await site.request('/')).body).toBe('1');
  });
});

describe('a page that cannot be exported', () => {
  const broken = () =>
    exportingSite((app, pages) => {
      app.get('/good', (_request, response) => void response.send('good'));
      app.get('/gone', (_request, response) => void response.status(404).send('gone'));
      app.get('/thrown', () => {
        throw new Error('no such table');
      });
      app.get('/skipped', (_request, response) => {
        pages.skip('the database is away');
        response.send('skipped');
      });
      for (const path of ['/good', '/gone', '/thrown', '/skipped']) pages.route(path);
      pages.route('/posts/:slug', { params: () => Promise.reject(new Error('no connection')) });
    });

  test('is told with all others, with status, route and what was thrown, and nothing is written', async () => {
    const { code, message, failures } = await failuresOf((await broken()).export());
    expect(code).toBe('ERR_EXPORT_FAILED');
    expect(failures).toMatchObject([
      {
        path: '/gone',
        route: '/gone',
        status: 404,
        message: 'it answered with status 404, expected 200: gone',
      },
      { path: '/posts/:slug', route: '/posts/:slug', message: expect.stringContaining('no connection') },
      { path: '/skipped', status: 200, message: 'the app called skip(): the database is away' },
      { path: '/thrown', status: 500, message: 'it answered with status 500, expected 200: no such table' },
    ]);
    expect(failures[3]?.error).toEqual(new Error('no such table'));
    for (const { path } of failures) expect(message).toContain(String(path));
  });

  test('leaves the earlier export as it was, and no other traces', async () => {
    const site = await broken();
    await mkdir(site.folder);
    await writeFile(join(site.folder, 'index.html'), 'mine');
    await failuresOf(site.export({ adopt: true }));
    expect(await site.files()).toEqual({ 'index.html': 'mine' });
    expect(await readdir(dirname(site.folder))).toEqual(['site']);
  });

  test('is left out when it is told to keep going', async () => {
    const site = await broken();
    const report = await site.export({ keepGoing: true });
    expect(report.failures).toHaveLength(4);
    expect(await site.files()).toEqual({ 'good/index.html': 'good' });
  });

  test('keeps its last good copy, which the next export makes anew', async () => {
    let [status, text] = [200, 'first'];
    const site = await exportingSite((app, pages) => {
      app.get('/a', (_request, response) => void response.status(status).send(text));
      pages.route('/a');
    });
    await site.export();
    [status, text] = [500, 'second'];
    await site.pages.quickDelete('/a');
    const report = await site.export({ keepGoing: true, clean: true, changed: true });
    expect(report.failures).toMatchObject([{ path: '/a', status: 500 }]);
    expect(await site.files()).toEqual({ 'a/index.html': 'first' });
    status = 200;
    expect(await site.export({ changed: true })).toMatchObject({ rendered: ['/a'] });
    expect(await site.files()).toEqual({ 'a/index.html': 'second' });
  });

  test('for its name is refused, and says why', async () => {
    const site = await exportingSite((app, pages) => {
      app.get('/{*path}', (request, response) => void response.type('text').send(request.path));
      pages.route('/:x', {
        params: ['..', 'a/b', 'a\\b', '\0', 'x'.repeat(300), '.staticgenerator-x', 'ok.txt'],
      });
      pages.route('/t/:x', { params: ['../../evil', '/etc/passwd', 'a//b'], file: '{x}' });
    });
    const { failures } = await failuresOf(site.export());
    expect(
      failures.map(({ path, message }) => [
        String(path).slice(0, 20),
        String(message).replace(
          /^"[^"]*" cannot be its file: (.*)\. Give its route a `file`, or exclude it$/,
          '$1',
        ),
      ]),
    ).toEqual([
      ['/%00', 'it has a control character, a backslash or half a character'],
      ['/..', 'it would be outside of the export'],
      ['/.staticgenerator-x', 'names that begin with .staticgenerator are reserved'],
      ['/a%2Fb', 'it has an escaped slash, which a file name cannot contain'],
      ['/a%5Cb', 'it has a control character, a backslash or half a character'],
      ['/t/%2Fetc%2Fpasswd', 'it must be relative to the folder of the export'],
      ['/t/..%2F..%2Fevil', 'it would be outside of the export'],
      ['/t/a%2F%2Fb', 'a part of it is empty'],
      [`/${'x'.repeat(19)}`, 'it is too long for file systems'],
    ]);
  });

  test('that begins with a dot is refused where a host goes by names, but for .well-known', async () => {
    const site = await exportingSite((app, pages) => {
      app.get('/{*path}', (request, response) => void response.type('text').send(request.path));
      for (const path of ['/.a.txt', '/b/.c/d.txt', '/.well-known/security.txt', '/b/.well-known/e.txt'])
        pages.route(path);
      pages.route('/.f.txt', { file: '.f.txt' });
    });
    const { failures } = await site.export({ keepGoing: true });
    expect(failures.map(({ path }) => path)).toEqual(['/.a.txt', '/b/.c/d.txt', '/b/.well-known/e.txt']);
    for (const { message } of failures)
      expect(message).toMatch(
        /^many hosts do not serve .*\. Give its route a `file`, or exclude it\. Or set/,
      );
    expect(await site.files()).toEqual({
      '.well-known/security.txt': '/.well-known/security.txt',
      '.f.txt': '/.f.txt',
    });
    expect((await site.export({ contentTypes: 'manifest' })).rendered).toHaveLength(5);
  });

  test('because two have one file, or one needs a folder where another is, names both', async () => {
    const site = await exportingSite((app, pages) => {
      app.get('/{*path}', (request, response) => void response.type('text').send(request.path));
      pages.route('/posts/:slug', { params: ['a', 'b'], file: 'post.txt' });
      pages.route('/x.txt');
      pages.route('/x.txt/y.txt');
    });
    const { failures } = await failuresOf(site.export());
    expect(failures).toHaveLength(2);
    const messages = failures.map(({ message }) => message);
    const remedy = 'give the route of one of them another `file`, or leave one out (`exclude`, --exclude)';
    expect(messages).toContain(`/posts/a and /posts/b would both be the file post.txt; ${remedy}`);
    expect(messages).toContain(
      `/x.txt would be the file x.txt, and /x.txt/y.txt needs a folder of that name; ${remedy}`,
    );
  });
});

describe('the same from two sources', () => {
  test('with the same bytes is one file, and with others a failure that names both', async () => {
    const site = await exportingSite((app) => {
      const links = ['/index.html', '/a', '/a/index.html', '/b', '/b/index.html'];
      const home = links.map((link) => `<a href="${link}">x</a>`).join('');
      app.get(['/', '/index.html'], (_request, response) => void response.send(home));
      app.get(['/a', '/a/index.html'], (_request, response) => void response.send('a'));
      app.get(['/b', '/b/index.html'], (request, response) => void response.send(request.path));
    });
    const { rendered, failures } = await site.export({ keepGoing: true });
    expect(rendered).toEqual(['/', '/index.html', '/a', '/a/index.html', '/b']);
    expect(failures.map(({ path, message }) => [path, message])).toEqual([
      [
        '/b/index.html',
        expect.stringContaining('/b and /b/index.html would both be the file b/index.html; '),
      ],
    ]);
    expect(Object.keys(await site.files())).toEqual(['a/index.html', 'b/index.html', 'index.html']);
    const again = await site.export({ keepGoing: true, changed: true });
    expect(again.failures).toHaveLength(1);
  });
});

describe('redirects', () => {
  test('are pages that lead on, escaped, in the layout of pages', async () => {
    const site = await exportingSite(
      (app, pages) => {
        app.get('/old', (_request, response) => void response.redirect(301, '/new?a=1&b="<x>"'));
        app.get('/away', (_request, response) => void response.redirect('https://other.example/x'));
        pages.route('/old');
        pages.route('/away');
      },
      {
        export: {
          redirects: {
            '/test': '/test/redirect',
            '/test.html': '/x',
            '/deep/er/': '/y',
            '/z': 'https://z.example/',
          },
        },
      },
    );
    await site.export({ base: '/blog' });
    const files = await site.files();
    expect(Object.keys(files)).toEqual([
      'away/index.html',
      'deep/er/index.html',
      'old/index.html',
      'test.html',
      'test/index.html',
      'z/index.html',
    ]);
    expect(files['old/index.html']).toContain('content="0; url=/blog/new?a=1&#38;b=%22%3Cx%3E%22"');
    expect(files['test/index.html']).toBe(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Moved</title>
<meta name="robots" content="noindex">
<link rel="canonical" href="/blog/test/redirect">
<meta http-equiv="refresh" content="0; url=/blog/test/redirect">
</head>
<body>
<p>This page has moved to <a href="/blog/test/redirect">/blog/test/redirect</a>.</p>
</body>
</html>
`);
    expect(files['away/index.html']).toContain('href="https://other.example/x"');
    expect(files['z/index.html']).toContain('href="https://z.example/"');
  });

  test('that only add a slash are followed, for their page has the same file', async () => {
    const site = await exportingSite((app, pages) => {
      app.get('/blog', (request, response) => {
        if (request.path === '/blog') response.redirect(301, '/blog/');
        else response.send('blog');
      });
      pages.route('/blog');
    });
    await site.export();
    expect(await site.files()).toEqual({ 'blog/index.html': 'blog' });
  });

  test.each([
    ['https://localhost/page', 'it redirects to itself, as https://localhost/page'],
    ['javascript:alert(1)', 'it redirects to "javascript:alert(1)", which is not a web address'],
  ])('to %s are refused', async (location, message) => {
    const site = await exportingSite((app, pages) => {
      app.get('/page', (_request, response) => void response.writeHead(302, { location }).end());
      pages.route('/page');
    });
    expect((await failuresOf(site.export())).message).toContain(message);
  });
});

test('statuses that a route lists are exported, a 404 page for one', async () => {
  const site = await exportingSite((app, pages) => {
    app.get('/missing', (_request, response) => void response.status(404).send('nothing here'));
    pages.route('/missing', { statuses: [404], file: '404.html' });
  });
  await site.export({ notFound: '/404.html' });
  expect(await site.files()).toEqual({ '404.html': 'nothing here' });
});

test('404.html is what the app says of a page that is not there', async () => {
  const site = await exportingSite((app, pages) => {
    pages.route('/');
    app.get('/', (_request, response) => void response.send('home'));
    app.use((_request, response) => void response.status(404).send('not here'));
  });
  await site.export({ notFound: '/404.html' });
  expect(await site.files()).toEqual({ '404.html': 'not here', 'index.html': 'home' });
});

test.each([
  ['what Express says by itself', (_app: Express) => undefined],
  [
    'no HTML',
    (app: Express) => void app.use((_request, response) => void response.status(404).json({ no: 1 })),
  ],
])('%s is not written as the 404 page of the site, and that is told', async (_name, add) => {
  const site = await exportingSite((app, pages) => {
    app.get('/', (_request, response) => void response.send('home'));
    pages.route('/');
    add(app);
  });
  const { notices, failures } = await site.export({ notFound: '/404.html' });
  expect([notices, failures]).toEqual([[expect.stringContaining('There is no 404.html')], []]);
  expect(Object.keys(await site.files())).toEqual(['index.html']);
});

test('the origin of the app is replaced by the published one in links, feeds, sitemaps, data and redirects', async () => {
  const origin = 'http://localhost:2368';
  const escaped = JSON.stringify({ url: `${origin}/a` }).replaceAll('/', '\\/');
  const share = `https://share.example/?u=${encodeURIComponent(`${origin}/a`)}`;
  const site = await exportingSite((app) => {
    app.get('/', (_request, response) => {
      response.send(
        `<a href="${origin}/a">a</a><a href="//localhost:2368/a">b</a><a href="${share}">c</a><script>${escaped}</script>${origin}. ${origin}0/x http://localhost:23680/ ${origin}.example<a href="/feed.xml">f</a><a href="/old">o</a>`,
      );
    });
    app.get('/a', (_request, response) => void response.send('a'));
    app.get('/old', (_request, response) => void response.redirect(`${origin}/a`));
    app.get('/feed.xml', (_request, response) => {
      response.type('application/rss+xml').send(`<rss><link>${origin}/</link></rss>`);
    });
    app.get('/map.xml', (_request, response) => {
      response.type('xml').send(`<urlset><url><loc>${origin}/a</loc></url></urlset>`);
    });
  });
  const url = 'https://www.example.com';
  const report = await site.export({
    ...{ url, base: '/blog', replaceOrigins: [`${origin}/`], sitemap: '/map.xml', check: true },
  });
  expect(report.rendered).toEqual(['/', '/map.xml', '/a', '/feed.xml', '/old']);
  const files = await site.files();
  expect(files['index.html']).toBe(
    `<a href="${url}/blog/a">a</a><a href="//www.example.com/blog/a">b</a><a href="https://share.example/?u=${encodeURIComponent(`${url}/blog/a`)}">c</a><script>{"url":"https:\\/\\/www.example.com\\/blog\\/a"}</script>${url}/blog. ${origin}0/x http://localhost:23680/ ${origin}.example<a href="/blog/feed.xml">f</a><a href="/blog/old">o</a>`,
  );
  expect(files['feed.xml']).toBe(`<rss><link>${url}/blog/</link></rss>`);
  expect(files['map.xml']).toBe(`<urlset><url><loc>${url}/blog/a</loc></url></urlset>`);
  expect(files['old/index.html']).toContain('url=/blog/a"');
});

test('links, styles and scripts get the base, and what has it keeps it', async () => {
  const html = `<!doctype html><a href="/a">a</a><a href='/blog/b'>b</a><img src=/i.png srcset="/j.png 1x, //c.example/k.png 2x" alt hidden>
<a href="x">rel</a><form action="/s"></form><style>p{background:url("/p.png")}</style><meta http-equiv="refresh" content="5; url=/n"><p title="/t">/text</p><script>"/s.js"</script>`;
  const site = await exportingSite((app, pages) => {
    app.get('/', (_request, response) => void response.send(html));
    app.get(
      '/style.css',
      (_request, response) => void response.type('css').send("@import '/a.css';i{background:url(/b.png)}"),
    );
    pages.route('/');
    pages.route('/style.css');
  });
  await site.export({ base: '/blog/' });
  expect(await site.files()).toEqual({
    'index.html': `<!doctype html><a href="/blog/a">a</a><a href='/blog/b'>b</a><img src=/blog/i.png srcset="/blog/j.png 1x, //c.example/k.png 2x" alt hidden>
<a href="x">rel</a><form action="/blog/s"></form><style>p{background:url("/blog/p.png")}</style><meta http-equiv="refresh" content="5; url=/blog/n"><p title="/t">/text</p><script>"/s.js"</script>`,
    'style.css': "@import '/blog/a.css';i{background:url(/blog/b.png)}",
  });
});

describe('what is exported', () => {
  const linked = () =>
    exportingSite((app, pages) => {
      app.get(
        '/',
        (_request, response) =>
          void response.send(
            '<link rel=stylesheet href="/s.css?v=1"><a href="/a">a</a><a href="/a?page=2">2</a><a href="//x.example/">x</a>',
          ),
      );
      app.get(
        '/a',
        (_request, response) => void response.send('<a href="/">home</a><a href="/secret">s</a>'),
      );
      app.get('/s.css', (_request, response) => void response.type('css').send('p{background:url(i.png)}'));
      app.get('/i.png', (_request, response) => void response.type('png').send('i'));
      app.get('/secret', (_request, response) => void response.send('s'));
      app.get('/lone', (_request, response) => void response.send('lone'));
      app.get(
        '/map.xml',
        (_request, response) =>
          void response
            .type('xml')
            .send('<urlset><url><loc>https://www.example.com/lone</loc></url></urlset>'),
      );
      return pages;
    });

  test('without a route is what links lead to', async () => {
    const site = await linked();
    await site.export({ exclude: [/^\/secret/] });
    expect(Object.keys(await site.files())).toEqual(['a/index.html', 'i.png', 'index.html', 's.css']);
  });

  test('is the declared routes alone, unless links are to be followed', async () => {
    const site = await linked();
    site.pages.route('/lone');
    await site.export();
    expect(Object.keys(await site.files())).toEqual(['lone/index.html']);
    await site.export({ crawl: true });
    expect(Object.keys(await site.files())).toEqual([
      'a/index.html',
      'i.png',
      'index.html',
      'lone/index.html',
      's.css',
      'secret/index.html',
    ]);
  });

  test('is what a sitemap lists', async () => {
    const site = await linked();
    await site.export({ crawl: false, sitemap: '/map.xml' });
    expect(Object.keys(await site.files())).toEqual(['lone/index.html', 'map.xml']);
  });

  test('is what the sitemaps of an index list, those sitemaps, and what is asked for without a link', async () => {
    const site = await exportingSite((app) => {
      const list = (name: string, paths: readonly string[]) =>
        `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="//localhost/map.xsl"?><${name}>${paths.map((path) => `<${name === 'urlset' ? 'url' : 'sitemap'}><loc>http://localhost${path}</loc></${name === 'urlset' ? 'url' : 'sitemap'}>`).join('')}</${name}>`;
      app.get('/sitemap.xml', (_request, response) => {
        response.type('xml').send(list('sitemapindex', ['/sitemap-posts.xml', '/sitemap-pages.xml']));
      });
      app.get('/sitemap-posts.xml', (_request, response) => {
        response.type('xml').send(list('urlset', ['/posts/a/', '/posts/b/']));
      });
      app.get('/sitemap-pages.xml', (_request, response) => {
        response.type('xml').send(list('urlset', ['/about/', '/sitemap-pages.xml']));
      });
      app.get('/map.xsl', (_request, response) => void response.type('application/xml').send('<x/>'));
      app.get(['/posts/:slug', '/about'], (request, response) => void response.send(request.path));
      app.get('/robots.txt', (_request, response) => void response.type('text').send('User-agent: *'));
      app.get('/llms.txt', (_request, response) => void response.send('<p>an app that answers anything</p>'));
      app.get('/favicon.ico', (_request, response) => void response.redirect('/icon.svg'));
    });
    const report = await site.export({ crawl: true, exclude: [/^\/$/], sitemap: '/sitemap.xml' });
    expect(report.failures).toEqual([]);
    expect(Object.keys(await site.files())).toEqual([
      ...['about/index.html', 'map.xsl', 'posts/a/index.html', 'posts/b/index.html', 'robots.txt'],
      ...['sitemap-pages.xml', 'sitemap-posts.xml', 'sitemap.xml'],
    ]);
    const again = await site.export({
      crawl: true,
      exclude: [/^\/$/, /robots/],
      sitemap: '/sitemap.xml',
      clean: true,
    });
    expect(again.removed).toEqual(['robots.txt']);
  });

  test('is what a page, its styles and its manifest show, and nothing that only looks like it', async () => {
    const site = await exportingSite((app) => {
      app.get('/', (_request, response) => {
        response.send(`<meta property="og:image" content="/og.png"><meta name="twitter:image" content="http://localhost/x/tw.png">
          <meta property="og:title" content="/title"><meta name="description" content="/about.html">
          <style>@import "imp.css"; p { background: url(/bg.png) }</style><p style="background:url('in.png')">/text.png</p>
          <img data-src="/lazy.png"><link rel="manifest" href="/m/app.webmanifest"><a href="mailto:a@b.example">m</a><a href="tel:1">t</a>`);
      });
      app.get('/m/app.webmanifest', (_request, response) => {
        const shortcuts = [{ url: '/shortcut', icons: [{ src: 's.png' }] }];
        response
          .type('application/manifest+json')
          .send(JSON.stringify({ icons: [{ src: '/i.png' }], shortcuts }));
      });
      app.get('/{*path}', (request, response) => {
        response.type(request.path.split('.').at(-1) ?? '').send(request.path);
      });
    });
    const report = await site.export({ check: true, exclude: [/ico$|txt$|apple-touch/] });
    expect(report.failures).toEqual([]);
    expect(Object.keys(await site.files())).toEqual([
      ...[
        'bg.png',
        'i.png',
        'imp.css',
        'in.png',
        'index.html',
        'm/app.webmanifest',
        'm/s.png',
        'og.png',
        'x/tw.png',
      ],
    ]);
  });

  test('is what modules import, import maps and sets of images stand for, and drawings show', async () => {
    const site = await exportingSite((app) => {
      const files: Record<string, string> = {
        '/': `<script type="importmap">{"imports": {"x": "./x.js", "far": "https://x.example/y.js", "all/": "/all/"}}</script>
          <script type="module">import { a } from '/m/a.js'; import x from 'x'</script><script src="/old.js"></script>
          <link rel="stylesheet" href="/s.css"><object data="/d.svg"></object>`,
        '/x.js': 'export default 1',
        '/m/a.js': `import b from "./b.js"; export * from '../c.mjs'; import 'bare'; const d = () => import("./d.js?v=1");
          // import './comment.js'
          const text = "import './text.js'";`,
        '/m/b.js': 'this is no script {{{ import "./e.js"',
        '/c.mjs': '',
        '/m/d.js': '',
        '/old.js': "document.write('import /old2.js')",
        '/s.css':
          '@namespace s "/ns.css"; p { background: image-set("one.png" 1x type("image/x.png"), url("/two.png") 2x); mask: url(#m) }',
        '/one.png': '',
        '/two.png': '',
        '/d.svg':
          '<?xml-stylesheet href="/x.css"?><svg xmlns="http://www.w3.org/2000/svg"><style>rect { fill: url(/f.png) }</style><image href="i.png"/></svg>',
        '/x.css': '',
        '/f.png': '',
        '/i.png': '',
      };
      app.get('/{*path}', (request, response, next) => {
        const text = files[request.path];
        if (text === undefined) next();
        else response.type(request.path === '/' ? 'html' : extname(request.path)).send(text);
      });
    });
    expect((await site.export()).failures).toEqual([]);
    expect(Object.keys(await site.files())).toEqual([
      ...[
        'c.mjs',
        'd.svg',
        'f.png',
        'i.png',
        'index.html',
        'm/a.js',
        'm/b.js',
        'm/d.js',
        'old.js',
        'one.png',
      ],
      ...['s.css', 'two.png', 'x.css', 'x.js'],
    ]);
  });

  test('is what compressed sitemaps list, and what is none is told', async () => {
    const site = await exportingSite((app) => {
      const urlset = '<urlset><url><loc>http://localhost/a</loc></url></urlset>';
      app.get('/sitemap.xml', (_request, response) => {
        response
          .type('xml')
          .send('<sitemapindex><sitemap><loc>http://localhost/1.xml.gz</loc></sitemap></sitemapindex>');
      });
      app.get(
        '/1.xml.gz',
        (_request, response) => void response.type('application/gzip').send(gzipSync(urlset)),
      );
      app.get('/a', (_request, response) => void response.send('a'));
      app.get('/none.xml', (_request, response) => void response.send('<h1>Everything</h1>'));
    });
    const { rendered } = await site.export({ crawl: false, sitemap: '/sitemap.xml' });
    expect(rendered).toEqual(['/sitemap.xml', '/1.xml.gz', '/a']);
    expect((await failuresOf(site.export({ crawl: false, sitemap: '/none.xml' }))).failures).toMatchObject([
      { path: '/none.xml', message: expect.stringContaining('it is not an XML sitemap') },
    ]);
  });

  test('is the sitemap that robots.txt names, if it is there', async () => {
    const site = await exportingSite((app) => {
      app.get('/', (_request, response) => void response.send('x'));
      app.get('/robots.txt', (_request, response) => {
        response.type('text').send('User-agent: *\nSitemap: http://localhost/map.xml\nsitemap: /gone.xml\n');
      });
      app.get('/map.xml', (_request, response) => void response.type('xml').send('<urlset/>'));
    });
    expect((await site.export()).rendered).toEqual(['/', '/robots.txt', '/map.xml']);
  });

  test('is checked in styles too, and an escape that is none is told as such', async () => {
    const site = await exportingSite((app) => {
      app.get('/', (_request, response) => {
        response.send(
          '<style>p{background:url(/gone.png)}</style><i style="background:url(/lost.png)"></i><a href="/x%">x</a>',
        );
      });
      app.get('/:name', (request, response) => {
        response.status(request.url === '/x%' ? 200 : 404).send('x');
      });
      app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
        response.status(200).send('x');
      });
    });
    const { failures } = await failuresOf(site.export({ check: true }));
    expect(failures.map(({ path, message }) => `${path} ${String(message).split(':')[0]}`)).toEqual([
      '/ its <a> "/x%" leads nowhere in the export',
      '/ its <style> "/gone.png" leads nowhere in the export',
      '/ its <style> "/lost.png" leads nowhere in the export',
      '/gone.png it answered with status 404, expected 200',
      '/lost.png it answered with status 404, expected 200',
      '/x% it has a percent sign that does not begin an escape',
    ]);
  });

  test('in two cases of one name is told', async () => {
    const site = await exportingSite((app) => {
      app.get('/', (_request, response) => {
        response.send('<a href="/tags/JS">a</a><a href="/tags/js">b</a><a href="/tags/Js">b</a>');
      });
      app.get('/tags/:tag', (request, response) => void response.send(request.path));
    });
    const { notices } = await site.export();
    expect(notices).toEqual([
      expect.stringContaining(
        'tags/JS/index.html and tags/js/index.html, and 1 more are the same file on systems that ignore case',
      ),
    ]);
  });

  test('is what a page is made of, whatever its relation, and no endpoint', async () => {
    const site = await exportingSite((app) => {
      app.get('/', (_request, response) => {
        response.send(`<link rel="preload" as="font" href="/f/a.woff2?v=1"><link rel=modulepreload href="/m.js?h=2">
          <link rel="mask-icon" href="/i.svg"><link rel="next" href="/page/2/"><link rel="prefetch" as="document" href="/p">
          <link rel="webmention" href="/webmentions/receive/"><link rel="pingback" href="/xmlrpc">
          <link rel="EditURI" href="/rsd"><link rel="shortlink" href="/s"><link rel="micropub" href="/micropub">
          <link rel="something" href="/else"><link rel="https://api.w.org/" href="/wp-json/">`);
      });
      app.get('/f/a.woff2', (_request, response) => void response.type('font/woff2').send('f'));
      app.get('/m.js', (_request, response) => void response.type('js').send('m'));
      app.get('/i.svg', (_request, response) => void response.type('svg').send('i'));
      app.get(['/page/2', '/p'], (_request, response) => void response.send('2'));
    });
    expect((await site.export({ check: true })).failures).toEqual([]);
    expect(Object.keys(await site.files())).toEqual([
      ...['f/a.woff2', 'i.svg', 'index.html', 'm.js', 'p/index.html', 'page/2/index.html'],
    ]);
  });

  test('without what has a query is told once, with the remedy, whatever is exported anew', async () => {
    const site = await exportingSite((app) => {
      app.get('/', (_request, response) => {
        response.send(
          '<a href="/a?utm_source=x">a</a><a href="/s?q=1">1</a><a href="/b">b</a><img src="/i.png?v=1">',
        );
      });
      app.get('/b', (_request, response) => response.redirect('/i.png?v=2'));
      app.get('/c', (_request, response) => response.redirect('/s?q=2'));
      app.get('/i.png', (_request, response) => void response.type('png').send('i'));
    });
    const told = async (options: ExportOptions) => (await site.export({ crawl: true, ...options })).notices;
    const all = await told({});
    expect(all).toEqual([
      '2 pages with a query are linked to but not exported (/a?utm_source=x on /), because a file name has no query string: ' +
        'give such pages their own paths, add parameters that change nothing to `ignoreQuery`, ' +
        "or leave the pages out (exclude: ['\\\\?'], --exclude '\\?')",
    ]);
    expect(Object.keys(await site.files())).toEqual(['b/index.html', 'i.png', 'index.html']);
    expect(await told({ changed: true })).toEqual(all);
    expect(await told({ exclude: ['\\?'] })).toEqual([]);
    expect(await told({ exclude: ['^/[as]$'] })).toEqual([]);
    expect(await told({ exclude: ['^/a$'] })).toEqual([
      expect.stringContaining('a page with a query is linked to but not exported (/s?q=1 on /)'),
    ]);
    site.pages.route('/c');
    expect(await told({ exclude: ['^/a$', 'q=1$'] })).toEqual([expect.stringContaining('(/s?q=2 on /c)')]);
  });

  test('is the page without a query, where the query says nothing to the site', async () => {
    const links = '<a href="/a?utm_source=x&utm_campaign=y">a</a><a href="/a?utm_source=x&q=1">q</a>';
    const site = await exportingSite(
      (app) => {
        app.get('/', (_request, response) => void response.send(links));
        app.get('/a', (_request, response) => void response.send('a'));
      },
      { ignoreQuery: ['utm_*'] },
    );
    const { rendered, notices } = await site.export();
    expect([rendered, notices]).toEqual([
      ['/', '/a'],
      [expect.stringContaining('(/a?utm_source=x&q=1 on /)')],
    ]);
  });

  test('is where an empty link leads, under a base and without', async () => {
    const site = await exportingSite((app) => {
      app.get(
        '/',
        (_request, response) => void response.send('<base href="/b/"><a href="">b</a><img src="">'),
      );
      app.get('/b/', (_request, response) => void response.send('<a href="">b</a><form action=""></form>'));
    });
    expect((await site.export({ check: true })).rendered).toEqual(['/', '/b/']);
  });

  test('is what styles and scripts within a page load from its base', async () => {
    const site = await exportingSite((app) => {
      app.get('/', (_request, response) => {
        response.send(`<style>p { background: url(a.png) }</style><base href="/b/"><i style="background: url(c.png)"></i>
          <script type="module">import './d.js'</script>`);
      });
      app.get('/b/:name', ({ params }, response) => void response.type(extname(params.name)).send('x'));
    });
    expect((await site.export({ check: true })).rendered).toEqual(['/', '/b/a.png', '/b/c.png', '/b/d.js']);
  });

  test('names the page with a link to what failed', async () => {
    const site = await exportingSite((app) => {
      app.get('/', (_request, response) => void response.send('<a href="/nowhere">x</a>'));
    });
    expect((await failuresOf(site.export())).failures).toMatchObject([
      { path: '/nowhere', linkedFrom: '/', status: 404 },
    ]);
  });
});

test('a sitemap is written for an address, of the pages alone', async () => {
  const site = await exportingSite((app, pages) => {
    for (const path of ['/', '/a', '/b/', '/c.txt', '/tags/:tag'])
      app.get(
        path,
        (_request, response) => void response.type(path.endsWith('txt') ? 'text' : 'html').send(path),
      );
    app.get('/old', (_request, response) => void response.redirect('/a'));
    app.get('/hidden', (_request, response) => void response.set('X-Robots-Tag', 'noindex').send('h'));
    for (const path of ['/', '/a', '/b/', '/c.txt', '/old', '/hidden']) pages.route(path);
    pages.route('/tags/:tag', { params: ['a&b'] });
  });
  await site.export({ url: 'https://www.example.com', base: '/blog' });
  expect((await site.files())['sitemap.xml']).toBe(`<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
  <url><loc>https://www.example.com/blog/</loc></url>
  <url><loc>https://www.example.com/blog/a</loc></url>
  <url><loc>https://www.example.com/blog/b/</loc></url>
  <url><loc>https://www.example.com/blog/tags/a&#38;b</loc></url>
</urlset>
`);
});

test('a sitemap lists the pages of a variant under its folder, by their own paths', async () => {
  const variants = [
    { name: 'en', folder: '' },
    { name: 'de', headers: { 'Accept-Language': 'de' }, folder: 'de' },
  ];
  const site = await exportingSite(
    (app, pages) => {
      app.get('/about', (_request, response) => void response.send('about'));
      pages.route('/about');
    },
    { export: { variants } },
  );
  await site.export({ url: 'https://www.example.com' });
  const files = await site.files();
  const listed = [...String(files['sitemap.xml']).matchAll(/<loc>(.*?)<\/loc>/g)].map(([, url]) => url);
  expect(listed).toEqual(['https://www.example.com/about', 'https://www.example.com/de/about']);
  expect(Object.keys(files)).toEqual(['about/index.html', 'de/about/index.html', 'sitemap.xml']);
});

describe('variants', () => {
  test('by prefix have their paths, and are rendered once each', async () => {
    const site = await exportingSite(
      (app, pages) => {
        app.get(
          ['/about', '/de/about', '/fr/about'],
          (request, response) => void response.send(request.path),
        );
        app.get('/feed.xml', (_request, response) => void response.type('xml').send('<feed/>'));
        pages.route('/about');
        pages.route('/feed.xml', { variants: false });
      },
      {
        export: { variants: [{ name: 'en' }, { name: 'de', prefix: '/de' }, { name: 'fr', prefix: '/fr' }] },
      },
    );
    const { rendered } = await site.export();
    expect(rendered).toHaveLength(4);
    expect(await site.files()).toEqual({
      'about/index.html': '/about',
      'de/about/index.html': '/de/about',
      'feed.xml': '<feed/>',
      'fr/about/index.html': '/fr/about',
    });
  });

  test('by headers have folders', async () => {
    const site = await exportingSite(
      (app, pages) => {
        app.get('/about', (request, response) => void response.send(request.get('accept-language') ?? 'en'));
        pages.route('/about');
      },
      {
        export: {
          variants: [
            { name: 'en' },
            { name: 'de', headers: { 'Accept-Language': 'de' } },
            { name: 'x', headers: { 'Accept-Language': 'fr' }, folder: 'sub/fr' },
          ],
        },
      },
    );
    await site.export();
    expect(await site.files()).toEqual({
      'about/index.html': 'en',
      'de/about/index.html': 'de',
      'sub/fr/about/index.html': 'fr',
    });
  });
});

describe('links that lead nowhere', () => {
  test('are failures, with the page that has them', async () => {
    const site = await exportingSite((app, pages) => {
      app.get(
        '/',
        (_request, response) =>
          void response.send(
            '<a href="/a">a</a><a href="/gone">x</a><img src="/no.png"><a href="//other.example/y">y</a><form action="/search"></form><a href="#top">t</a><a href="http://localhost/a/">a</a>',
          ),
      );
      app.get('/a', (_request, response) => void response.send('<a href="b">relative</a>'));
      app.get('/b', (_request, response) => void response.send('b'));
      app.get(
        '/s.css',
        (_request, response) => void response.type('css').send('p{background:url(lost.png)}/* url(x.png) */'),
      );
      for (const path of ['/', '/a', '/b', '/s.css']) pages.route(path);
    });
    const { failures } = await failuresOf(site.export({ check: true }));
    expect(failures.map(({ path, message }) => `${path} ${message}`)).toEqual([
      '/ its <a> "/gone" leads nowhere in the export',
      '/ its <img> "/no.png" leads nowhere in the export',
      '/a its <a> "b" leads nowhere in the export',
      '/s.css its <css> "lost.png" leads nowhere in the export',
    ]);
    expect((await failuresOf(site.export({ check: true, layout: 'files' }))).failures).toHaveLength(4);
  });

  test.each(['', '/blog'])('the script of islands is the business of an app, below %j too', async (base) => {
    const site = await exportingSite(
      (app, pages) => {
        app.get('/', (_request, response) =>
          response.type('html').send(`${pages.island('/islands/menu')}<a href="/_islandsandmore">gone</a>`),
        );
        pages.route('/');
      },
      { islands: { urls: [/^\/islands\//] } },
    );
    const { failures, message } = await failuresOf(site.export({ check: true, base }));
    expect(failures).toEqual([
      expect.objectContaining({ message: expect.stringContaining('/_islandsandmore" leads nowhere') }),
    ]);
    expect(message).toMatch(/: 1 failure\n/);
  });
});

describe('the folder', () => {
  const site = () =>
    exportingSite((app, pages) => {
      app.get('/:name', (request, response) => void response.send(request.params.name));
      pages.route('/:name', { params: () => names });
    });
  let names = ['a', 'b'];

  test.each([
    ['WEB_ROOT', (webRoot: string) => webRoot],
    ['a folder in WEB_ROOT', (webRoot: string) => join(webRoot, 'site')],
    ['a link into WEB_ROOT', (webRoot: string) => join(webRoot, '../link/site')],
    ['a folder that holds WEB_ROOT', (webRoot: string) => dirname(webRoot)],
    ['STATIC_ROOT', (webRoot: string) => join(webRoot, '../static')],
  ])('that is %s is refused, also when it is to be adopted', async (_name, folderFor) => {
    names = ['a'];
    const root = await temporaryFolder();
    const webRoot = join(root, 'www');
    const assets = { root: join(root, 'static'), dirs: [await temporaryFolder()] };
    const own = await exportingSite((_app, pages) => pages.route('/a'), { webRoot, assets });
    await symlink(webRoot, join(root, 'link'));
    const before = await readdir(root, { recursive: true });
    const folder = folderFor(webRoot);
    await expect(own.pages.exportSite(folder, { adopt: true })).rejects.toMatchObject({
      code: 'ERR_EXPORT_FOREIGN',
      message: expect.stringMatching(/and (?:WEB|STATIC)_ROOT .* to be separate/),
      fields: { path: folder, found: [] },
    });
    expect(await readdir(root, { recursive: true })).toEqual(before);
  });

  test.each([
    ['where nothing can be made', async () => '/proc/site', 'ENOENT'],
    [
      'below a file',
      async () => {
        const file = join(await temporaryFolder(), 'file');
        await writeFile(file, '');
        return join(file, 'site');
      },
      'ENOTDIR',
    ],
    [
      'behind links in a circle',
      async () => {
        const link = join(await temporaryFolder(), 'link');
        await symlink('link', link);
        return join(link, 'site');
      },
      'ELOOP',
    ],
  ])('%s is told of by its name, and by why', async (_name, makePlace, code) => {
    names = ['a'];
    const own = await site();
    const folder = await makePlace();
    const failed = own.pages.exportSite(folder);
    await expect(failed).rejects.toMatchObject({
      ...{ code: 'ERR_EXPORT_FAILED', fields: { path: folder, failures: [] } },
      cause: { code },
    });
    await expect(failed).rejects.toThrow(`Cannot export to ${folder}: ${code}`);
  });

  test('of others is refused, and adopted when that is said; what is in it stays', async () => {
    names = ['a', 'b'];
    const { folder, ...own } = await site();
    await mkdir(join(folder, 'deep'), { recursive: true });
    await writeFile(join(folder, 'deep/CNAME'), 'x.example');
    await symlink('deep/CNAME', join(folder, 'link'));
    await expect(own.export()).rejects.toMatchObject({
      code: 'ERR_EXPORT_FOREIGN',
      fields: { found: ['deep/CNAME', 'link'] },
    });
    await own.export({ adopt: true });
    await own.export({ clean: true });
    expect(await own.files()).toEqual({
      'a/index.html': 'a',
      'b/index.html': 'b',
      'deep/CNAME': 'x.example',
      link: 'x.example',
    });
    expect(await readlink(join(folder, 'link'))).toBe('deep/CNAME');
  });

  test('loses what an earlier export wrote only when it is cleaned', async () => {
    names = ['a', 'b'];
    const own = await site();
    await own.export();
    names = ['a'];
    expect(await own.export()).toMatchObject({ left: ['b/index.html'], removed: [] });
    expect(Object.keys(await own.files())).toEqual(['a/index.html', 'b/index.html']);
    expect(await own.export({ clean: true })).toMatchObject({ left: [], removed: ['b/index.html'] });
    expect(Object.keys(await own.files())).toEqual(['a/index.html']);
  });

  test('has no file of others replaced', async () => {
    names = ['a'];
    const own = await site();
    await own.export();
    names = ['a', 'b'];
    await mkdir(join(own.folder, 'b'));
    await writeFile(join(own.folder, 'b/index.html'), 'mine');
    expect((await failuresOf(own.export())).failures).toMatchObject([
      {
        path: '/b',
        message: expect.stringContaining('the file b/index.html already exists, and no export wrote it; '),
      },
    ]);
    await own.export({ adopt: true });
    expect(await own.files()).toEqual({ 'a/index.html': 'a', 'b/index.html': 'b' });
  });

  test('may be a symbolic link, which is replaced', async () => {
    names = ['a'];
    const own = await site();
    const place = join(dirname(own.folder), 'releases/1');
    await mkdir(place, { recursive: true });
    await symlink('releases/1', own.folder);
    await own.export();
    expect(await own.files()).toEqual({ 'a/index.html': 'a' });
    expect(await readdir(dirname(place))).toHaveLength(1);
    await own.export();
    expect(await readdir(dirname(place))).toHaveLength(1);
    expect(await readdir(dirname(own.folder))).toEqual(['releases', 'site']);
  });

  test('comes back if the process died while it was replaced, and what dead processes left goes', async () => {
    names = ['a'];
    const own = await site();
    await own.export();
    const parent = dirname(own.folder);
    await rename(own.folder, join(parent, '.site.retired-1'));
    await mkdir(join(parent, '.site.staging-999999999-abc'));
    await mkdir(join(parent, `.site.staging-${process.pid}-abc`));
    expect(await own.export({ changed: true })).toMatchObject({ rendered: [], reused: 1 });
    expect((await readdir(parent)).sort()).toEqual([`.site.staging-${process.pid}-abc`, 'site']);
  });

  test('with a manifest that is none is refused', async () => {
    const own = await site();
    await own.export();
    const manifest = join(own.folder, '.staticgenerator-export.json');
    for (const text of ['{', '[]', '{"version":2}', '{"version":1}']) {
      await writeFile(manifest, text);
      await chmod(manifest, 0o600);
      await expect(own.export()).rejects.toMatchObject({ code: 'ERR_EXPORT_FOREIGN' });
    }
  });

  test('is not written through hard links of the earlier export', async () => {
    names = ['a'];
    const own = await site();
    await own.export();
    const copy = join(dirname(own.folder), 'copy');
    await link(join(own.folder, 'a/index.html'), copy);
    await own.export();
    expect(await readFile(copy, 'utf8')).toBe('a');
    expect(await filesIn(own.folder)).toEqual({ 'a/index.html': 'a' });
  });
});

test('options that cannot be used are named', async () => {
  const site = await exportingSite(() => undefined);
  const given = {
    layout: 'flat',
    base: 'blog',
    url: 'www.example.com',
    redirects: { a: 'b' },
    variants: [{ name: 'a/b' }],
    replaceOrigins: ['localhost'],
    clean: 1,
    more: 1,
  };
  const problems = await site
    .export(given as never)
    .catch((error: { fields: { problems: { option: string }[] } }) => error.fields.problems);
  expect((problems as { option: string }[]).map(({ option }) => option)).toEqual([
    'more',
    'layout',
    'base',
    'url',
    'replaceOrigins[0]',
    'redirects',
    'variants[0].name',
    'clean',
  ]);
});

test('an aborted export changes nothing', async () => {
  const interruption = new AbortController();
  const site = await exportingSite((app, pages) => {
    app.get('/a', () => interruption.abort(new Error('stopped')));
    pages.route('/a');
  });
  await expect(site.export({ signal: interruption.signal })).rejects.toThrow('stopped');
  expect(await readdir(dirname(site.folder))).toEqual([]);
});
