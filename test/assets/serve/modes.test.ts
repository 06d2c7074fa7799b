import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../cases/requests.js';
import { rawRequest } from '../../helpers/servers/raw-http.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { type AssetSite, startAssetSite } from './site.js';

const JS = 'console.log(1);';
const LAST_MODIFIED = 'Fri, 13 Feb 2009 23:31:30 GMT';
const modes = ['production', 'development'] as const;

/** What WhiteNoise's own tests check, and what its users found missing, in both modes. */
describe.each(modes)('in %s', (mode) => {
  const start = async (files: Record<string, string | Buffer>, options = {}) => {
    const root = await temporaryFolder();
    for (const [path, text] of Object.entries(files)) write(root, path, text);
    const site = await startAssetSite(root, mode, options);
    return { root, site, ask: (target: string, ...headers: string[]) => ask(site, { target, headers }) };
  };
  const freshness = mode === 'production' ? 'public, max-age=60' : 'no-cache';

  test('a script has its type, its length, its time and a tag', async () => {
    const { ask } = await start({ 'js/app.js': JS });
    const { status, headers, body } = await ask('/static/js/app.js');
    expect([status, body.toString()]).toEqual([200, JS]);
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'content-length': String(JS.length),
      'last-modified': LAST_MODIFIED,
      'cache-control': freshness,
      etag: expect.stringMatching(/^"[0-9a-f]+-[0-9a-f]+"$/),
    });
    expect(headers['content-disposition']).toBeUndefined();
    expect(headers.vary).toBeUndefined();
  });

  test('the tag that was sent, in a list, weak, or as an asterisk, is answered 304 without a type', async () => {
    const { ask } = await start({ 'js/app.js': JS });
    const { etag = '' } = (await ask('/static/js/app.js')).headers;
    for (const tags of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const { status, headers, body } = await ask('/static/js/app.js', `If-None-Match: ${tags}`);
      expect([tags, status, headers['content-type'], body.length]).toEqual([tags, 304, undefined, 0]);
    }
    expect((await ask('/static/js/app.js', 'If-None-Match: "x"')).status).toBe(200);
  });

  test('the time that was sent is answered 304, another one and a mangled one 200', async () => {
    const { ask } = await start({ 'js/app.js': JS });
    const statusFor = async (date: string) =>
      (await ask('/static/js/app.js', `If-Modified-Since: ${date}`)).status;
    expect(await statusFor(LAST_MODIFIED)).toBe(304);
    expect(await statusFor('Mon, 01 Jan 2001 00:00:00 GMT')).toBe(200);
    expect(await statusFor(`${LAST_MODIFIED}${LAST_MODIFIED}`)).toBe(200);
  });

  test('a file of 1970 has validators, and changes to it are seen', async () => {
    const { root, ask } = await start({ 'a.txt': 'one' });
    utimesSync(join(root, 'a.txt'), 0, 0);
    const { etag } = (await ask('/static/a.txt')).headers;
    expect((await ask('/static/a.txt', `If-None-Match: ${etag}`)).status).toBe(304);
    write(root, 'a.txt', 'three');
    utimesSync(join(root, 'a.txt'), 0, 0);
    expect((await ask('/static/a.txt', `If-None-Match: ${etag}`)).body.toString()).toBe('three');
  });

  test('a file that changed is sent with its new length and tag', async () => {
    const { root, ask } = await start({ 'a.txt': 'one' });
    const before = await ask('/static/a.txt');
    write(root, 'a.txt', 'longer', 1_234_567_999);
    const after = await ask('/static/a.txt', `If-None-Match: ${before.headers.etag}`);
    expect([after.status, after.body.toString()]).toEqual([200, 'longer']);
    expect(after.headers['content-length']).toBe('6');
  });

  test('what is not there, or cannot be, is left to the app', async () => {
    const { ask } = await start({ 'a.txt': 'a' });
    const targets = [
      '/',
      '/a.txt',
      '/static',
      '/static/x',
      '/static/%E2%9C%93',
      '/static/C:/Windows/System.ini',
    ];
    for (const target of [...targets, `/static/${'blah'.repeat(1000)}`, '/static/', '/static/a.txt/']) {
      const { status, headers } = await ask(target);
      expect([target, status, headers['x-app']]).toEqual([target, 404, 'reached']);
    }
  });

  test('a 404 below the URL is kept by no cache, whatever the app says', async () => {
    const { ask } = await start({ 'a.txt': 'a' });
    expect((await ask('/static/app.0123456789ab.js')).headers['cache-control']).toBe('no-store');
    expect((await ask('/elsewhere')).headers['cache-control']).toBeUndefined();
  });

  test('a file that has vanished is left to the app', async () => {
    const { root, ask } = await start({ 'a.txt': 'a' });
    expect((await ask('/static/a.txt')).status).toBe(200);
    rmSync(join(root, 'a.txt'));
    expect((await ask('/static/a.txt')).status).toBe(404);
  });

  test('named pipes, links to nowhere and links out of the folder are no assets', async () => {
    const root = await temporaryFolder();
    const folder = join(root, 'static');
    write(folder, 'a.txt', 'a');
    write(root, 'secret.txt', 'secret');
    execFileSync('mkfifo', [join(folder, 'pipe.txt')]);
    symlinkSync('nowhere', join(folder, 'broken.txt'));
    symlinkSync('../secret.txt', join(folder, 'link.txt'));
    symlinkSync('..', join(folder, 'linked'));
    const site = await startAssetSite(folder, mode);
    for (const path of ['pipe.txt', 'broken.txt', 'link.txt', 'linked/secret.txt']) {
      expect([path, (await ask(site, { target: `/static/${path}` })).status]).toEqual([path, 404]);
    }
    expect((await ask(site, { target: '/static/a.txt' })).status).toBe(200);
  });

  test('links are followed where the site says so, also in a circle', async () => {
    const root = await temporaryFolder();
    write(root, 'elsewhere/a.txt', 'a');
    mkdirSync(join(root, 'static'));
    symlinkSync('../elsewhere', join(root, 'static/linked'));
    symlinkSync('../elsewhere/a.txt', join(root, 'static/link.txt'));
    symlinkSync('nowhere', join(root, 'static/broken.txt'));
    symlinkSync('.', join(root, 'static/circle'));
    const site = await startAssetSite(join(root, 'static'), mode, { symlinks: true });
    const statuses = ['linked/a.txt', 'link.txt', 'broken.txt'].map(
      async (path) => (await ask(site, { target: `/static/${path}` })).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 200, 404]);
  });

  test('a folder that lies beside, with a name that begins alike, is another', async () => {
    const root = await temporaryFolder();
    write(root, 'one/a.txt', 'a');
    write(root, 'one_two/a.txt', 'secret');
    const site = await startAssetSite(join(root, 'one'), mode);
    for (const path of ['../one_two/a.txt', '..%2Fone_two/a.txt', '%2e%2e/one_two/a.txt']) {
      expect((await ask(site, { target: `/static/${path}` })).status).toBe(404);
    }
  });

  test('other methods than GET and HEAD are refused for what is there', async () => {
    const { site } = await start({ 'a.txt': 'a' });
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const { status, headers } = await ask(site, { method, target: '/static/a.txt' });
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
    }
    expect((await ask(site, { method: 'POST', target: '/static/x' })).status).toBe(404);
  });

  test('HEAD has the headers of GET, and no body', async () => {
    const { site, ask: get } = await start({ 'a.txt': 'a' });
    const head = await ask(site, { method: 'HEAD', target: '/static/a.txt' });
    const { date: _, ...headers } = (await get('/static/a.txt')).headers;
    expect(head.headers).toMatchObject(headers);
    expect(head.body).toHaveLength(0);
  });

  test('a part of one byte is sent, and read whole', async () => {
    const { ask } = await start({ 'a.txt': '0123456789' });
    const read = async (range: string) => {
      const { status, headers, body } = await ask('/static/a.txt', `Range: bytes=${range}`);
      return [status, headers['content-range'], body.toString()];
    };
    expect(await read('0-0')).toEqual([206, 'bytes 0-0/10', '0']);
    expect(await read('5-5')).toEqual([206, 'bytes 5-5/10', '5']);
    expect(await read('9-')).toEqual([206, 'bytes 9-9/10', '9']);
    expect(await read('-1')).toEqual([206, 'bytes 9-9/10', '9']);
    expect(await read('10-')).toEqual([416, 'bytes */10', '']);
  });

  test('a part of a large file is streamed', async () => {
    const large = Buffer.from(Array.from({ length: 400_000 }, (_, index) => index % 251));
    const { ask } = await start({ 'large.bin': large });
    const { status, body } = await ask('/static/large.bin', 'Range: bytes=1000-398999');
    expect(status).toBe(206);
    expect(body.equals(large.subarray(1000, 399_000))).toBe(true);
    expect((await ask('/static/large.bin')).body.equals(large)).toBe(true);
  });

  test('the index of a folder has one address, and redirects keep the query', async () => {
    const { site, ask: get } = await start(
      { 'docs/index.html': 'docs', 'a b/index.html': 'a b' },
      { index: true },
    );
    expect((await get('/static/docs/')).body.toString()).toBe('docs');
    const locationOf = async (target: string) => {
      const { status, headers } = await get(target);
      return [status, headers.location];
    };
    expect(await locationOf('/static/docs')).toEqual([302, '/static/docs/']);
    expect(await locationOf('/static/docs?x=1&y')).toEqual([302, '/static/docs/?x=1&y']);
    expect(await locationOf('/static/docs/index.html?x=1')).toEqual([302, '/static/docs/?x=1']);
    expect(await locationOf('/static/a%20b')).toEqual([302, '/static/a%20b/']);
    expect((await ask(site, { method: 'POST', target: '/static/docs' })).status).toBe(405);
  });

  test('an index may have another name', async () => {
    const { ask } = await start({ 'docs/main.htm': 'docs' }, { index: 'main.htm' });
    expect((await ask('/static/docs/')).body.toString()).toBe('docs');
  });

  test('files of the root are served there too, and no others', async () => {
    const { ask } = await start({ 'robots.txt': 'robots', 'a.txt': 'a' }, { rootFiles: ['robots.txt'] });
    expect((await ask('/robots.txt?x')).body.toString()).toBe('robots');
    expect((await ask('/static/robots.txt')).status).toBe(200);
    expect((await ask('/a.txt')).status).toBe(404);
    expect((await ask('/robots.txt/')).status).toBe(404);
  });

  test('other sites may use fonts, or all, or nothing', async () => {
    const files = { 'a.woff2': 'a', 'a.WOFF': 'a', 'a.css': 'a' };
    const openFor = async (options: object) => {
      const { ask } = await start(files, options);
      const answers = await Promise.all(Object.keys(files).map((path) => ask(`/static/${path}`)));
      return answers.map(({ headers }) => headers['access-control-allow-origin']);
    };
    expect(await openFor({})).toEqual(['*', '*', undefined]);
    expect(await openFor({ allowOrigin: 'all' })).toEqual(['*', '*', '*']);
    expect(await openFor({ allowOrigin: 'none' })).toEqual([undefined, undefined, undefined]);
  });

  test('headers may be the same for all, or those that a function gives one', async () => {
    const files = { 'a.css': 'a', 'a.js': 'a' };
    const all = await start(files, { headers: { 'X-All': '1' } });
    expect((await all.ask('/static/a.js')).headers['x-all']).toBe('1');
    const headers = (path: string, url: string) => (path.endsWith('.css') ? { 'X-Css': url } : undefined);
    const one = await start(files, { headers });
    expect((await one.ask('/static/a.css')).headers['x-css']).toBe('/static/a.css');
    expect((await one.ask('/static/a.js')).headers['x-css']).toBeUndefined();
  });

  test('a header of the site replaces the one that was decided', async () => {
    const headers = { 'cache-control': 'private', 'Access-Control-Allow-Origin': 'https://a.example' };
    const { ask } = await start({ 'a.woff2': 'a' }, { headers });
    const { rawHeaders } = await ask('/static/a.woff2');
    const sent = rawHeaders.filter(([name]) => /^(?:cache-control|access-control)/i.test(name));
    expect(Object.fromEntries(sent)).toEqual(headers);
  });

  test('new files are served', async () => {
    const { root, site, ask } = await start({ 'a.txt': 'a' });
    write(root, 'new/b.txt', 'b');
    expect((await ask('/static/new/b.txt')).status).toBe(mode === 'production' ? 404 : 200);
    site.reload();
    expect((await ask('/static/new/b.txt')).body.toString()).toBe('b');
  });
});

describe('in production', () => {
  test('a folder that is missing is told once, and breaks nothing', async () => {
    const root = join(await temporaryFolder(), 'missing');
    const site = await startAssetSite(root, 'production');
    const warnings = site.logger.lines.filter(({ level }) => level === 'warn');
    expect(warnings.map(({ fields }) => fields.folder)).toEqual([root]);
    expect((await ask(site, { target: '/static/a.txt' })).status).toBe(404);
  });

  test('the function for headers is called once a file, at the start', async () => {
    const root = await temporaryFolder();
    write(root, 'a.css', 'a');
    const called: string[] = [];
    const site = await startAssetSite(root, 'production', {
      headers: (path) => {
        called.push(path);
        return {};
      },
    });
    await ask(site, { target: '/static/a.css' });
    await ask(site, { target: '/static/a.css' });
    expect(called).toEqual(['a.css']);
  });

  test('a header that cannot be sent is an error at the start', async () => {
    const root = await temporaryFolder();
    write(root, 'a.css', 'a');
    const start = startAssetSite(root, 'production', { headers: () => ({ 'X-A': 'a\nb' }) });
    await expect(start).rejects.toThrow(/`headers` gave a\.css a header that cannot be sent/);
  });

  test.each([
    ['a regular expression', /\.test$/],
    ['a function', (path: string) => path.endsWith('.test')],
  ])('names that never change are told by %s', async (_, immutable) => {
    const root = await temporaryFolder();
    write(root, 'myfile.test', 'a');
    write(root, 'file.test.txt', 'a');
    const site = await startAssetSite(root, 'production', { immutable, maxAgeSeconds: 0 });
    const freshnessOf = async (path: string) =>
      (await ask(site, { target: `/static/${path}` })).headers['cache-control'];
    expect(await freshnessOf('myfile.test')).toBe('public, max-age=31536000, immutable');
    expect(await freshnessOf('file.test.txt')).toBe('public, max-age=0');
  });

  test('a coding that has vanished is replaced by the file', async () => {
    const root = await temporaryFolder();
    write(root, 'a.css', 'plain');
    write(root, 'a.css.gz', 'gzip');
    const site = await startAssetSite(root, 'production');
    const read = async () =>
      (await ask(site, { target: '/static/a.css', headers: ['Accept-Encoding: gzip'] })).body.toString();
    expect(await read()).toBe('gzip');
    rmSync(join(root, 'a.css.gz'));
    expect(await read()).toBe('plain');
  });
});

describe('in development', () => {
  test('two versions of one length within a second differ', async () => {
    const root = await temporaryFolder();
    write(root, 'a.txt', 'one');
    utimesSync(join(root, 'a.txt'), 1_234_567_890, 1_234_567_890.25);
    const site = await startAssetSite(root, 'development');
    const { etag } = (await ask(site, { target: '/static/a.txt' })).headers;
    write(root, 'a.txt', 'two');
    utimesSync(join(root, 'a.txt'), 1_234_567_890, 1_234_567_890.75);
    const headers = [`If-None-Match: ${etag}`];
    expect((await ask(site, { target: '/static/a.txt', headers })).body.toString()).toBe('two');
  });
});

const MODIFIED_SECONDS = 1_234_567_890;

function write(root: string, path: string, text: string | Buffer, seconds = MODIFIED_SECONDS): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  utimesSync(file, seconds, seconds);
}

function ask({ port }: AssetSite, request: { method?: string; target: string; headers?: readonly string[] }) {
  return rawRequest(port, bytesOf(request));
}
