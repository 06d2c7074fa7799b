import { expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/front/fingerprint.js';
import { UNVOUCHED, VOUCHER_HEADER } from '../../../src/page/request/gate.js';
import { bytesOf } from '../../cases/requests.js';
import type { Exchange } from '../setup/front.js';
import { type Front, frontOfTest, HIT } from '../setup/nginx-front.js';

const askHost = (front: Front, host: string, target = '/blog') => front.ask(bytesOf({ host, target }));
const isHit = ({ response }: Exchange) => response.headers['cache-status'] === HIT;
/** Returns what nginx told the app about the host. */
const voucher = ({ seen }: Exchange) => seen[0]?.headers[VOUCHER_HEADER];

test('a page is answered to the names of the site, bare or with the port that nginx listens on', async () => {
  const front = await frontOfTest({ nginx: { serverNames: ['a.example', 'www.a.example'] } });
  front.place('blog.page.html', 'page');
  const { port } = front;
  for (const host of [
    'a.example',
    'A.EXAMPLE',
    'www.a.example',
    `a.example:${port}`,
    `WWW.a.example:${port}`,
  ]) {
    expect([host, isHit(await askHost(front, host))]).toEqual([host, true]);
  }
  for (const host of [
    'b.example',
    'localhost',
    'x.a.example',
    'a.example.',
    `a.example:${port + 1}`,
    'a.example:80',
  ]) {
    const exchange = await askHost(front, host);
    expect([host, isHit(exchange), exchange.seen[0]?.headers.host]).toEqual([host, false, [host]]);
    expect(voucher(exchange)).toEqual([UNVOUCHED]);
  }
});

test('a name with a port is answered with that port only', async () => {
  const front = await frontOfTest({ nginx: { serverNames: ['a.example:8443'] } });
  front.place('blog.page.html', 'page');
  expect(isHit(await askHost(front, 'a.example:8443'))).toBe(true);
  for (const host of ['a.example', `a.example:${front.port}`]) {
    expect([host, isHit(await askHost(front, host))]).toEqual([host, false]);
  }
});

test('each of several hosts has pages of its own, and no other sees them', async () => {
  const hosts = ['a.example', 'b.example'];
  const front = await frontOfTest({ site: { hosts } });
  front.place('a.example/blog.page.html', 'page of a');
  front.place('b.example/blog.page.html', 'page of b');
  front.place('a.example/only.page.html', 'only of a');
  expect((await askHost(front, 'a.example')).response.body.toString()).toBe('page of a');
  expect((await askHost(front, 'B.example')).response.body.toString()).toBe('page of b');
  expect(isHit(await askHost(front, 'a.example', '/only'))).toBe(true);
  expect(isHit(await askHost(front, 'b.example', '/only'))).toBe(false);
  for (const target of ['/a.example/blog', '/../a.example/blog', '/a.example/blog.page.html']) {
    expect([target, isHit(await askHost(front, 'b.example', target))]).toEqual([target, false]);
  }
});

test('the host of the header decides, not that of an absolute target', async () => {
  const front = await frontOfTest({ site: { hosts: ['a.example', 'b.example'] } });
  front.place('a.example/blog.page.html', 'page of a');
  front.place('b.example/blog.page.html', 'page of b');
  const target = 'http://a.example/blog';
  expect((await askHost(front, 'b.example', target)).response.body.toString()).toBe('page of b');
  const stranger = await askHost(front, 'evil.example', target);
  expect([isHit(stranger), voucher(stranger)]).toEqual([false, [UNVOUCHED]]);
});

test('words that mean something in a map are names like others', async () => {
  const hosts = ['default', 'include', 'volatile', 'hostnames'];
  const front = await frontOfTest({ site: { hosts } });
  for (const host of hosts) {
    front.place(`${host}/blog.page.html`, `page of ${host}`);
    expect((await askHost(front, host)).response.body.toString()).toBe(`page of ${host}`);
  }
  expect(isHit(await askHost(front, 'evil.example'))).toBe(false);
});

test('names of any length have pages', async () => {
  const long = `${'label-of-some-length.'.repeat(11)}example`;
  const front = await frontOfTest({ nginx: { serverNames: [long, 'a.example'] } });
  front.place('blog.page.html', 'page');
  expect(isHit(await askHost(front, long))).toBe(true);
  expect(isHit(await askHost(front, 'a.example'))).toBe(true);
});

test('the app is told the fingerprint of the configuration, whatever the client says', async () => {
  const front = await frontOfTest();
  for (const forged of ['forged', UNVOUCHED, '']) {
    const own = await front.ask(bytesOf({ headers: [`X-StaticGenerator: ${forged}`] }));
    expect(voucher(own)).toEqual([fingerprintOf(front.config)]);
    const foreign = bytesOf({
      host: 'evil.example',
      headers: [`X-StaticGenerator: ${fingerprintOf(front.config)}`],
    });
    expect(voucher(await front.ask(foreign))).toEqual([UNVOUCHED]);
  }
});
