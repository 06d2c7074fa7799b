import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { effort } from '../../helpers/effort.js';
import { startSite } from '../../helpers/site/site.js';
import {
  BODY,
  type CountedSettings,
  freeUdpPort,
  HIT,
  hitsOf,
  listenTo,
  requestMany,
  respond,
  startCounted,
  storedPaths,
} from './counted-site.js';

const PATIENCE = { timeout: 20_000, interval: 50 };
const listens = ({ listen }: { readonly listen: readonly string[] }) => `listen ${listen.join()};`;

const forms: readonly (readonly [string, CountedSettings])[] = [
  ['the whole configuration', {}],
  ['the whole, with a log', { nginx: { accessLog: '/dev/null' } }],
  ['the whole, with the log off', { nginx: { accessLog: 'off' } }],
  [
    'a file of conf.d',
    {
      compose: (pages, addresses) =>
        `events {} http { access_log admin.log; ${pages.nginx({ form: 'default', ...addresses })} }`,
    },
  ],
  [
    'the pair',
    {
      compose: (pages, { listen, upstreams }) =>
        `events {} http { access_log admin.log; ${pages.nginx({ form: 'http', upstreams })}
        server { ${listens({ listen })} ${pages.nginx({ form: 'server' })} } }`,
    },
  ],
  [
    'the pair in a server with a log of its own',
    {
      compose: (pages, { listen, upstreams }) =>
        `events {} http { ${pages.nginx({ form: 'http', upstreams, accessLog: '/dev/null' })}
        server { ${listens({ listen })} access_log admin.log;
        ${pages.nginx({ form: 'server', accessLog: '/dev/null' })} } }`,
    },
  ],
];

describe.each(forms)('with %s', (_, settings) => {
  test('every page that nginx served is counted: by rule, by page, by status and in bytes', async () => {
    const { request, make, statistics, nginx, site } = await startCounted(settings);
    for (const target of ['/', '/posts/a', '/posts/caf%C3%A9%20x', '/posts/long']) {
      await make(target);
    }
    for (let time = 0; time < 5; time += 1) await request('/posts/a');
    const { headers } = await request('/posts/long', { method: 'HEAD' });
    await request('/posts/long', { headers: { 'if-none-match': headers.etag } });
    // None of these requests is a hit of nginx.
    await make('/posts/of-node.xml');
    await site.request('/posts/a');
    await request('/posts/a?x=1');
    await request('/elsewhere');
    await request('/posts/a', { headers: { cookie: 'sid=1' } });
    await expect.poll(() => hitsOf(statistics()), PATIENCE).toBe(11);
    await expect
      .poll(() => statistics().visits, PATIENCE)
      .toEqual({
        rules: [
          { rule: String(/^\/posts\//), nginx: 10, node: 2, misses: 4, bytes: BODY.length * (7 + 9) },
          { rule: String(/^\/$/), nginx: 1, node: 0, misses: 1, bytes: BODY.length },
        ],
        pages: [
          { host: '', path: '/posts/a', hits: 6 },
          { host: '', path: '/posts/long', hits: 3 },
          { host: '', path: '/', hits: 1 },
          { host: '', path: '/posts/caf%C3%A9%20x', hits: 1 },
        ],
      });
    expect(statistics().counters).toMatchObject({ 'nginx:200': 10, 'nginx:304': 1 });
    expect(nginx.errorLog()).not.toMatch(/\[(?:warn|error|crit|alert|emerg)\]/);
    const isLogged = readdirSync(nginx.prefix).includes('admin.log');
    if (isLogged) expect(readFileSync(join(nginx.prefix, 'admin.log'), 'utf8')).toContain('"GET /posts/a ');
  });
});

test('a page that nginx sends stays, where another has to make room', async () => {
  const { site, make, request, statistics, webRoot } = await startCounted({ site: { maxPages: 2 } });
  for (const target of ['/posts/a', '/posts/b']) await make(target);
  for (let time = 0; time < 3; time += 1) expect((await request('/posts/a')).cache).toBe(HIT);
  await expect.poll(() => hitsOf(statistics()), PATIENCE).toBe(5);
  await site.visit('/posts/c');
  expect(storedPaths(webRoot)).toEqual(['/posts/a', '/posts/c']);
});

test('one in ten, drawn by chance, gives the number of hits, not more wrong than chance can be', async () => {
  const { make, port, statistics } = await startCounted({ oneIn: 10 });
  await make('/posts/a');
  const count = effort({ usual: 1_500, long: 6_000 });
  await requestMany(port, '/posts/a', count);
  // The standard deviation of the counted hits is ten times the root of count * 0.1 * 0.9. The test allows eight times
  // that.
  const allowed = 8 * 10 * Math.sqrt(count * 0.1 * 0.9);
  await expect.poll(() => hitsOf(statistics()), PATIENCE).toBeGreaterThan(count - allowed);
  expect(hitsOf(statistics())).toBeLessThan(count + allowed);
  expect(hitsOf(statistics()) % 10).toBe(0);
});

test('hosts are told apart', async () => {
  const [one, other] = ['a.example', 'b.example'];
  const { make, request, statistics } = await startCounted({ site: { hosts: [one, other] } });
  for (const host of [one, other]) await make('/posts/a', { headers: { host } });
  expect((await request('/posts/a', { headers: { host: other } })).cache).toBe(HIT);
  await expect
    .poll(() => statistics().visits?.pages, PATIENCE)
    .toEqual([
      { host: other, path: '/posts/a', hits: 2 },
      { host: one, path: '/posts/a', hits: 1 },
    ]);
});

test('pages that a query tells apart are counted apart', async () => {
  const urls = [{ match: /^\/posts\/a$/, query: { tag: /^[^,]+$/ } }];
  const { make, request, statistics } = await startCounted({ site: { urls } });
  for (const target of ['/posts/a', '/posts/a?tag=%C3%A4%2Fb']) await make(target);
  expect((await request('/posts/a?tag=%C3%A4%2Fb')).cache).toBe(HIT);
  await expect
    .poll(() => statistics().visits?.pages, PATIENCE)
    .toEqual([
      { host: '', path: '/posts/a?tag=%C3%A4%2Fb', hits: 2 },
      { host: '', path: '/posts/a', hits: 1 },
    ]);
});

test('two servers of one nginx report no hit twice', async () => {
  const names = ['a.example', 'b.example'];
  const { site, request, statistics } = await startCounted({
    compose: (pages, addresses) => {
      const servers = names.map((name, index) =>
        pages.nginx({ ...addresses, serverNames: [name], ...(index === 0 ? {} : { name: 'other' }) }),
      );
      return `events {} http { ${servers.join(' ')} }`;
    },
  });
  await site.visit('/posts/a');
  await site.visit('/');
  for (const host of names) expect((await request('/posts/a', { headers: { host } })).cache).toBe(HIT);
  expect((await request('/', { headers: { host: 'a.example' } })).cache).toBe(HIT);
  await expect
    .poll(() => statistics().visits?.pages, PATIENCE)
    .toEqual([
      { host: '', path: '/posts/a', hits: 2 },
      { host: '', path: '/', hits: 1 },
    ]);
});

test('nothing is reported of a visitor', async () => {
  const port = await freeUdpPort();
  const seen = await listenTo(port);
  const { make, request } = await startCounted({
    site: { countHits: { port, oneIn: 1 }, ignoreQuery: ['utm_*'] },
  });
  await make('/posts/a');
  const headers = { 'user-agent': 'my agent', referer: 'http://from.example/', cookie: '_ga=1' };
  await request('/posts/a?utm_source=me', { headers });
  await expect.poll(() => seen.length, PATIENCE).toBe(2);
  for (const datagram of seen)
    expect(datagram).toMatch(
      /^<190>\w{3} [ \d]\d \d\d:\d\d:\d\d staticgenerator: [\w-]{16} 200 12 - \/posts\/a\.page\.html$/,
    );
});

test('of several processes one listens; when it ends, another goes on', async () => {
  const { site, options, make, port, statistics } = await startCounted();
  const other = await startSite(respond, options);
  await make('/posts/a');
  await requestMany(port, '/posts/a', 20);
  await expect.poll(() => hitsOf(statistics()), PATIENCE).toBe(21);
  await site.pages.close();
  // Reports are lost until the other process has the port.
  await expect
    .poll(async () => {
      await requestMany(port, '/posts/a', 1);
      return hitsOf(statistics());
    }, PATIENCE)
    .toBeGreaterThan(21);
  expect(other.logger.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
});

test('nginx serves on while the app is away, and is counted again when it is back', async () => {
  const { site, options, make, port, statistics } = await startCounted();
  await make('/posts/a');
  await expect.poll(() => hitsOf(statistics()), PATIENCE).toBe(1);
  await site.pages.close();
  await requestMany(port, '/posts/a', 200);
  expect(hitsOf(statistics())).toBe(1);
  await startSite(respond, options);
  // The first report of each worker fails with the error of the last one that was lost.
  await expect
    .poll(async () => {
      await requestMany(port, '/posts/a', 20);
      return hitsOf(statistics());
    }, PATIENCE)
    .toBeGreaterThan(20);
});

test('what nginx does not send is not counted, whatever it is, and harms nothing', async () => {
  const { site, make, options, statistics } = await startCounted();
  const { countHits = true } = options;
  const port = typeof countHits === 'object' ? countHits.port : 0;
  const fingerprint = /log_format \S+ escape=json "([\w-]+) /.exec(site.pages.nginx())?.[1] ?? '';
  const head = '<190>Nov 30 18:08:41 staticgenerator: ';
  const socket = createSocket('udp4');
  const sendTo = (datagram: Buffer | string) =>
    new Promise((resolve) => socket.send(datagram, port, '127.0.0.1', resolve));
  const wrong = [
    ...['', 'x', head, `${head}${fingerprint}`, `${head}AAAAAAAAAAAAAAAA 200 1 - /index.html`],
    ...['500 1 - /index.html', '200 -1 - /index.html', '200 1e3 - /index.html', '200 1 x /index.html'],
    ...['200 1 - /elsewhere.page.html', '200 1 - /posts/../a.page.html', '200 1 - /posts/.a', '200 1 - '],
    ...['staticgenerator-doctor: ', `staticgenerator-doctor: ${fingerprint}`],
    ...['200 1 - /posts/a', '200 1 - /posts/a.page.html\n', `200 1 - /posts/${'a'.repeat(5_000)}.page.html`],
  ].map((text) => (/^\d{3} /.test(text) ? `${head}${fingerprint} ${text}` : text));
  for (const datagram of wrong) await sendTo(datagram);
  for (const datagram of fc.sample(fc.uint8Array({ maxLength: 300 }), 300))
    await sendTo(Buffer.from(datagram));
  await sendTo(`${head}${fingerprint} 200 7 - /index.html`);
  socket.close();
  await expect.poll(() => hitsOf(statistics()), PATIENCE).toBe(1);
  await make('/posts/a');
  await expect.poll(() => hitsOf(statistics()), PATIENCE).toBe(2);
  expect(statistics().visits?.pages).toEqual([
    { host: '', path: '/', hits: 1 },
    { host: '', path: '/posts/a', hits: 1 },
  ]);
});

test('a site that begins to count keeps its pages', async () => {
  const { webRoot, site, make } = await startCounted({ site: { countHits: false } });
  await make('/posts/a');
  await site.pages.close();
  const again = await startSite(respond, { webRoot, urls: [/^\/posts\//, /^\/$/], countHits: true });
  expect((await again.request('/posts/a')).cache).toBe(HIT);
});
