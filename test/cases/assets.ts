import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** How requests for assets are answered: one table for Node and for nginx, on the files of {@link writeStaticRoot}. */
export interface AssetCase {
  readonly name: string;
  readonly method?: string;
  readonly target: string;
  /** Header lines; `TAG`, `GZIP_TAG` and `DATE` stand for the validators of css/site.css. */
  readonly headers?: readonly string[];
  readonly status: number;
  /** Headers of the answer; `undefined` if it has no header of that name. */
  readonly answer?: Readonly<Record<string, string | undefined>>;
  readonly body?: Buffer;
  /** Which of the two answers if both are there. Default: nginx. */
  readonly by?: 'app';
  /** How nginx answers differently, and why that is also right. */
  readonly nginx?: {
    readonly status?: number;
    readonly answer?: Readonly<Record<string, string | undefined>>;
    readonly why: string;
  };
}

export const MODIFIED_SECONDS = 1_234_567_890;
/** 1994: the time of a file that its build has named by its content. */
const BUILT_SECONDS = 784_111_777;
/** 1985: the time of a file that only looks as if `collect` had named it. */
const LOOK_ALIKE_SECONDS = 499_137_300;
export const LAST_MODIFIED = 'Fri, 13 Feb 2009 23:31:30 GMT';
export const DIGESTED = 'css/site.0123456789ab.css';
export const css = Buffer.from('.a { color: red; }\n'.repeat(100));
export const ten = Buffer.from('0123456789');
const gzipped = gzipSync(css, { level: 9 });
const brotlied = brotliCompressSync(css);
const tagOf = (bytes: Buffer) => `"${MODIFIED_SECONDS.toString(16)}-${bytes.length.toString(16)}"`;
const index = Buffer.from('<!doctype html><title>docs</title>');

/** The plain files of the tree, by path. */
const files: Readonly<Record<string, Buffer>> = {
  'css/site.css': css,
  'css/site.css.gz': gzipped,
  'css/site.css.br': brotlied,
  [DIGESTED]: css,
  [`${DIGESTED}.gz`]: gzipped,
  'ten.txt': ten,
  'empty.txt': Buffer.alloc(0),
  'img/logo.svg': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
  'assets/index-BxYz1a3Q.js': Buffer.from('export {};'),
  'assets/built-BxYz1a3Q.js': Buffer.from('export {};'),
  'built.css': css,
  'built.css.gz': gzipped,
  'release.dbc75081f2aa.zip': ten,
  'price-list-10dec2024.pdf': ten,
  'fonts/icons.woff2': ten,
  'docs/index.html': index,
  'docs/page.html': index,
  'no-extension': ten,
  'UPPER.CSS': ten,
  'unknown.xyzzy': ten,
  'café.css': css,
  'a b.txt': ten,
  '[id].js': Buffer.from('1'),
  '100%.txt': ten,
  'lone.js.gz': gzipped,
  'a+b@2x.png': ten,
  'favicon.ico': ten,
  'robots.txt': Buffer.from('User-agent: *\n'),
  '.well-known/security.txt': ten,
  '.well-known/.hidden': ten,
  'css/.well-known/security.txt': ten,
  '.env': Buffer.from('SECRET=1'),
  '.git/config': Buffer.from('SECRET=1'),
};

const times: Readonly<Record<string, number>> = {
  'assets/built-BxYz1a3Q.js': BUILT_SECONDS,
  'built.css': BUILT_SECONDS,
  'built.css.gz': BUILT_SECONDS,
  'release.dbc75081f2aa.zip': LOOK_ALIKE_SECONDS,
};

/** Writes the tree below `folder`/static, with a secret file next to it. Returns STATIC_ROOT. */
export function writeStaticRoot(folder: string): string {
  const root = join(folder, 'static');
  for (const [path, bytes] of Object.entries(files)) place(join(root, path), bytes, times[path]);
  place(join(folder, 'secret.txt'), Buffer.from('SECRET=1'));
  place(join(folder, 'static-evil/secret.txt'), Buffer.from('SECRET=1'));
  symlinkSync('../secret.txt', join(root, 'link.txt'));
  symlinkSync('..', join(root, 'linked'));
  symlinkSync('ten.txt', join(root, 'inner-link.txt'));
  symlinkSync('nowhere', join(root, 'broken.txt'));
  symlinkSync('loop.txt', join(root, 'loop.txt'));
  execFileSync('mkfifo', [join(root, 'pipe.txt')]);
  return root;
}

function place(file: string, bytes: Buffer, modifiedSeconds = MODIFIED_SECONDS): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileSync(file, bytes, { mode: 0o644 });
  utimesSync(file, modifiedSeconds, modifiedSeconds);
}

/** Returns the header lines of a case, with the real validators. */
export function headersOf({ headers = [] }: AssetCase): readonly string[] {
  return headers.map((line) =>
    line
      .replaceAll('GZIP_TAG', tagOf(gzipped))
      .replaceAll('TAG', tagOf(css))
      .replaceAll('DATE', LAST_MODIFIED),
  );
}

const SHORT = 'public, max-age=60';
const IMMUTABLE = 'public, max-age=31536000, immutable';
const found = (target: string, more: Partial<AssetCase> = {}): AssetCase => ({
  name: `GET ${target}`,
  target,
  status: 200,
  ...more,
});
const unknown = (target: string, name = 'is unknown'): AssetCase => ({
  name: `${target.slice(0, 80)}: ${name}`,
  target,
  status: 404,
  by: 'app',
  answer: { 'cache-control': 'no-store' },
});

const plain: readonly AssetCase[] = [
  found('/static/css/site.css', {
    body: css,
    answer: {
      'content-type': 'text/css; charset=utf-8',
      'content-length': String(css.length),
      'cache-control': SHORT,
      'last-modified': LAST_MODIFIED,
      etag: tagOf(css),
      vary: 'Accept-Encoding',
      'accept-ranges': 'bytes',
      'content-encoding': undefined,
      'content-disposition': undefined,
      'access-control-allow-origin': undefined,
    },
  }),
  found(`/static/${DIGESTED}`, { answer: { 'cache-control': IMMUTABLE } }),
  found('/static/assets/index-BxYz1a3Q.js', {
    answer: { 'cache-control': SHORT, 'content-type': 'text/javascript; charset=utf-8' },
  }),
  found('/static/assets/built-BxYz1a3Q.js', { answer: { 'cache-control': IMMUTABLE } }),
  found('/static/built.css', { headers: ['Accept-Encoding: gzip'], answer: { 'cache-control': IMMUTABLE } }),
  found('/static/built.css', {
    headers: ['If-None-Match: *'],
    status: 304,
    answer: { 'cache-control': IMMUTABLE },
  }),
  found('/static/built.css', {
    headers: ['Range: bytes=0-1'],
    status: 206,
    answer: { 'cache-control': IMMUTABLE },
  }),
  found('/static/release.dbc75081f2aa.zip', { answer: { 'cache-control': SHORT } }),
  found('/static/price-list-10dec2024.pdf', { answer: { 'cache-control': SHORT } }),
  found('/static/css/site.css?v=3', { body: css }),
  found('/static/ten.txt', { body: ten, answer: { vary: undefined } }),
  found('/static/empty.txt', { body: Buffer.alloc(0), answer: { 'content-length': '0' } }),
  found('/static/img/logo.svg', { answer: { 'content-type': 'image/svg+xml; charset=utf-8' } }),
  found('/static/fonts/icons.woff2', {
    answer: { 'content-type': 'font/woff2', 'access-control-allow-origin': '*' },
  }),
  found('/static/no-extension', { answer: { 'content-type': 'application/octet-stream' } }),
  found('/static/unknown.xyzzy', { answer: { 'content-type': 'application/octet-stream' } }),
  found('/static/UPPER.CSS', { answer: { 'content-type': 'text/css; charset=utf-8' } }),
  found('/static/caf%C3%A9.css', { body: css }),
  found('/static/caf%c3%a9.css', { body: css, by: 'app' }),
  found('/static/a%20b.txt', { body: ten }),
  found('/static/%5Bid%5D.js'),
  found('/static/100%25.txt', { by: 'app' }),
  found('/static/a+b@2x.png', { answer: { 'content-type': 'image/png' } }),
  found('/static/lone.js.gz', {
    by: 'app',
    body: gzipped,
    answer: { 'content-type': 'application/gzip', 'content-encoding': undefined },
  }),
  found('/favicon.ico', { body: ten, answer: { 'content-type': 'image/x-icon', 'cache-control': SHORT } }),
  found('/static/.well-known/security.txt', { body: ten, by: 'app' }),
  found('/.well-known/security.txt', { body: ten, answer: { 'cache-control': SHORT } }),
  found('/robots.txt?x', { answer: { 'content-type': 'text/plain; charset=utf-8' } }),
];

const coding = (accepted: string, encoding: string | undefined, more: Partial<AssetCase> = {}): AssetCase =>
  found('/static/css/site.css', {
    name: `Accept-Encoding: ${accepted}`,
    headers: [`Accept-Encoding: ${accepted}`],
    body: encoding === 'gzip' ? gzipped : encoding === 'br' ? brotlied : css,
    answer: {
      'content-encoding': encoding,
      vary: 'Accept-Encoding',
      'content-type': 'text/css; charset=utf-8',
      etag: tagOf(encoding === 'gzip' ? gzipped : encoding === 'br' ? brotlied : css),
    },
    ...more,
  });
const preference = (encoding: string | undefined, why: string): Partial<AssetCase> => ({
  nginx: { answer: { 'content-encoding': encoding }, why },
});

const codings: readonly AssetCase[] = [
  coding('gzip', 'gzip'),
  coding('GZIP', 'gzip'),
  coding('gzip, br', 'br'),
  coding('gzip, deflate, br, zstd', 'br'),
  coding('br;q=0, gzip', 'gzip'),
  coding('gzip;q=0', undefined),
  coding('gzip;q=0, br;q=0', undefined),
  coding('gzip;q=0.5', 'gzip'),
  coding('', undefined),
  coding('identity', undefined),
  coding('deflate', undefined),
  coding('xgzip', undefined),
  coding('gzip;q=1, br;q=0.5', 'gzip', preference('br', 'nginx sends brotli to whoever takes it')),
  coding('*', 'br', preference(undefined, 'nginx does not know the asterisk, and identity is always right')),
  coding('x-gzip', 'gzip', preference(undefined, 'nginx does not know the old name')),
];

const conditional = (...[line, status]: [string, number]): AssetCase =>
  found('/static/css/site.css', {
    name: line,
    headers: [line],
    status,
    ...(status === 304
      ? {
          body: Buffer.alloc(0),
          answer: {
            'content-type': undefined,
            'cache-control': SHORT,
            etag: tagOf(css),
            vary: 'Accept-Encoding',
          },
        }
      : {}),
  });

const conditions: readonly AssetCase[] = [
  conditional('If-None-Match: TAG', 304),
  conditional('If-None-Match: W/TAG', 304),
  conditional('If-None-Match: "x", TAG', 304),
  conditional('If-None-Match: "x", W/TAG, "y"', 304),
  conditional('If-None-Match: *', 304),
  conditional('If-None-Match: "x"', 200),
  conditional('If-None-Match: GZIP_TAG', 200),
  conditional('If-Modified-Since: DATE', 304),
  conditional('If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT', 200),
  conditional('If-Modified-Since: Mon, 01 Jan 2001 00:00:00 GMT', 200),
  conditional('If-Modified-Since: 2100', 200),
  conditional('If-Match: TAG', 200),
  conditional('If-Match: "x"', 412),
  conditional('If-Match: W/TAG', 412),
  { ...conditional('If-Unmodified-Since: DATE', 200), by: 'app' },
  { ...conditional('If-Unmodified-Since: Mon, 01 Jan 2001 00:00:00 GMT', 412), by: 'app' },
  { ...conditional('If-Unmodified-Since: Fri, 01 Jan 2100 00:00:00 GMT', 200), by: 'app' },
  {
    ...conditional('If-Match: TAG', 200),
    name: 'If-Match counts, and not If-Unmodified-Since',
    headers: ['If-Match: TAG', 'If-Unmodified-Since: Mon, 01 Jan 2001 00:00:00 GMT'],
    by: 'app',
  },
  {
    ...conditional('If-None-Match: GZIP_TAG', 304),
    name: 'the tag of a coding, where it would be sent',
    headers: ['If-None-Match: GZIP_TAG', 'Accept-Encoding: gzip'],
    answer: { etag: tagOf(gzipped), vary: 'Accept-Encoding', 'content-encoding': undefined },
  },
  {
    ...conditional('If-None-Match: "x"', 200),
    name: 'If-None-Match counts, and not If-Modified-Since',
    headers: ['If-None-Match: "x"', 'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'],
  },
  {
    ...conditional('If-None-Match: TAG', 304),
    name: 'If-None-Match that matches, with an If-Modified-Since of long ago',
    headers: ['If-None-Match: TAG', 'If-Modified-Since: Mon, 01 Jan 2001 00:00:00 GMT'],
    nginx: { status: 200, why: 'to nginx both have to hold; the whole is always right' },
  },
  found('/static/fonts/icons.woff2', {
    name: 'a font that is not modified may still be used across origins',
    headers: ['If-None-Match: *'],
    status: 304,
    answer: { 'access-control-allow-origin': '*' },
  }),
];

const part = (range: string, first: number, last: number): AssetCase =>
  found('/static/ten.txt', {
    name: `Range: ${range} of ten bytes`,
    headers: [`Range: ${range}`],
    status: 206,
    body: ten.subarray(first, last + 1),
    answer: {
      'content-range': `bytes ${first}-${last}/10`,
      'content-length': String(last - first + 1),
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': SHORT,
    },
  });
const whole = (range: string, more: Partial<AssetCase> = {}): AssetCase =>
  found('/static/ten.txt', {
    name: `Range: ${range} is ignored`,
    headers: [`Range: ${range}`],
    body: ten,
    answer: { 'content-range': undefined },
    ...more,
  });
const beyond = (range: string): AssetCase =>
  found('/static/ten.txt', {
    name: `Range: ${range} of ten bytes`,
    headers: [`Range: ${range}`],
    status: 416,
    answer: { 'content-range': 'bytes */10', etag: undefined, 'cache-control': 'no-store' },
    nginx: {
      answer: {
        'content-range': 'bytes */10',
        etag: undefined,
        'cache-control': 'public, max-age=60, no-store',
      },
      why: 'it cannot take a header back; no-store prevails',
    },
  });

const ranges: readonly AssetCase[] = [
  part('bytes=0-4', 0, 4),
  part('bytes=-3', 7, 9),
  part('bytes=3-', 3, 9),
  part('bytes=3-100000', 3, 9),
  part('bytes=-100000', 0, 9),
  part('bytes=0-0', 0, 0),
  part('bytes=5-5', 5, 5),
  part('bytes=9-', 9, 9),
  part('bytes=-1', 9, 9),
  part('bytes=0-9', 0, 9),
  beyond('bytes=10-'),
  beyond('bytes=10000-11000'),
  beyond('bytes=-0'),
  whole('lines=0-1', { by: 'app' }),
  whole('bytes=a-b', { by: 'app' }),
  whole('bytes=--3', { by: 'app' }),
  whole('bytes=0-0,2-2', { by: 'app' }),
  whole('bytes=5-2', {
    nginx: { status: 416, answer: { 'content-range': 'bytes */10' }, why: 'no client sends such a thing' },
  }),
  ...['bytes=0-0', 'bytes=-3', 'bytes=10-', 'lines=0-1'].map((range) =>
    whole(range, {
      ...{ name: `HEAD, with Range: ${range}`, method: 'HEAD', body: Buffer.alloc(0), by: 'app' },
      answer: { 'content-range': undefined, 'content-length': '10', 'accept-ranges': 'bytes' },
    }),
  ),
  { ...part('bytes=0-1', 0, 1), name: 'If-Range: the date', headers: ['Range: bytes=0-1', 'If-Range: DATE'] },
  whole('bytes=0-1', {
    name: 'If-Range: another date',
    headers: ['Range: bytes=0-1', 'If-Range: Fri, 01 Jan 2100 00:00:00 GMT'],
  }),
  whole('bytes=0-1', { name: 'If-Range: another tag', headers: ['Range: bytes=0-1', 'If-Range: "x"'] }),
  found('/static/css/site.css', {
    name: 'If-Range: the tag',
    headers: ['Range: bytes=0-1', 'If-Range: TAG'],
    status: 206,
    body: css.subarray(0, 2),
  }),
  found('/static/css/site.css', {
    name: 'If-Range: the tag, weak',
    headers: ['Range: bytes=0-1', 'If-Range: W/TAG'],
    body: css,
  }),
  found('/static/css/site.css', {
    name: 'If-None-Match comes before Range',
    headers: ['Range: bytes=0-1', 'If-None-Match: TAG'],
    status: 304,
  }),
  found('/static/css/site.css', {
    name: 'a coding is sent whole',
    headers: ['Range: bytes=0-1', 'Accept-Encoding: gzip'],
    body: gzipped,
    answer: { 'content-encoding': 'gzip', 'content-range': undefined, 'accept-ranges': undefined },
  }),
  found('/static/empty.txt', { name: 'a part of nothing', headers: ['Range: bytes=0-'] }),
];

const refusedMethods: readonly AssetCase[] = ['POST', 'PUT', 'DELETE', 'PATCH'].map((method) => ({
  name: `${method} to an asset`,
  method,
  target: '/static/ten.txt',
  status: 405,
  by: 'app',
  answer: { allow: 'GET, HEAD', 'content-length': '0' },
}));

const methods: readonly AssetCase[] = [
  ...refusedMethods,
  {
    ...refusedMethods[0],
    name: 'POST to a file of the root',
    method: 'POST',
    target: '/robots.txt',
  } as AssetCase,
  { ...unknown('/static/missing.css'), name: 'POST to nothing', method: 'POST' },
  ...['/static/ten.txt', '/static/missing.css', '/robots.txt'].map(
    (target): AssetCase => ({
      ...{ name: `OPTIONS ${target} is the app's`, method: 'OPTIONS', target, status: 404, by: 'app' },
      answer: { 'x-app': 'reached', allow: undefined },
    }),
  ),
  found('/static/css/site.css', {
    name: 'HEAD',
    method: 'HEAD',
    body: Buffer.alloc(0),
    answer: { 'content-length': String(css.length), etag: tagOf(css), vary: 'Accept-Encoding' },
  }),
  found('/static/css/site.css', {
    name: 'HEAD of a coding',
    method: 'HEAD',
    headers: ['Accept-Encoding: gzip'],
    body: Buffer.alloc(0),
    answer: { 'content-length': String(gzipped.length), 'content-encoding': 'gzip' },
  }),
];

const hostile: readonly AssetCase[] = [
  ...['/static/missing.css', '/static/', '/static/docs', '/static/docs/', '/static/css'].map((one) =>
    unknown(one),
  ),
  ...['/static/ten.txt/', '/static/ten.txt/x', '/static/docs/index.html/'].map((one) => unknown(one)),
  unknown('/static/missing.0123456789ab.css', 'of the release to come'),
  unknown('/static/css/site.css.gz', 'a coding has no URL'),
  unknown('/static/.env', 'hidden'),
  unknown('/static/.well-known/.hidden', 'hidden'),
  unknown('/static/css/.well-known/security.txt', 'hidden, for it is not at the top'),
  unknown('/static/.well-known', 'a folder'),
  unknown('/static/.git/config', 'hidden'),
  unknown('/static/%2Eenv', 'hidden behind an escape'),
  unknown('/static/link.txt', 'a link'),
  unknown('/static/linked/secret.txt', 'below a link'),
  unknown('/static/inner-link.txt', 'a link'),
  unknown('/static/broken.txt', 'a link that leads nowhere'),
  unknown('/static/loop.txt', 'a link to itself'),
  unknown('/static/pipe.txt', 'a named pipe'),
  unknown('/static//ten.txt', 'an empty segment'),
  unknown('/static//etc/passwd', 'an absolute path'),
  unknown('/static/css%2Fsite.css', 'an escaped slash'),
  unknown('/static/css%2fsite.css', 'an escaped slash'),
  unknown('/static/css%5Csite.css', 'an escaped backslash'),
  unknown('/static/css\\site.css', 'a backslash'),
  unknown('/static/%2e%2e%2fsecret.txt', 'traversal behind escapes'),
  unknown('/static/..%2Fsecret.txt', 'traversal half behind an escape'),
  unknown('/static/..%252fsecret.txt', 'traversal escaped twice'),
  unknown('/static/..%5Csecret.txt', 'traversal by backslash'),
  unknown('/static/css/../ten.txt', 'dots within'),
  unknown('/static/../secret.txt', 'traversal'),
  unknown('/static/../static-evil/secret.txt', 'traversal to a neighbour of similar name'),
  unknown('/static/%FF', 'no UTF-8'),
  unknown('/static/%C0%AE%C0%AE/secret.txt', 'overlong UTF-8'),
  unknown(`/static/${'x'.repeat(1000)}`, 'too long for a name'),
  unknown(`/static/${'x/'.repeat(1500)}x`, 'too deep'),
  unknown('/static/C:/Windows/System.ini', 'a drive'),
  unknown('/static/ten.txt;x', 'a parameter'),
  unknown('/static/ten.txt#x', 'a fragment'),
  { name: 'the prefix behind an escape', target: '/%73tatic/ten.txt', status: 404, by: 'app' },
  { name: 'the prefix without its slash', target: '/static', status: 404, by: 'app' },
  { name: 'a neighbour of similar name', target: '/static-evil/secret.txt', status: 404, by: 'app' },
  { name: 'a file of the root behind an escape', target: '/%66avicon.ico', status: 404, by: 'app' },
  { name: 'an asset at the root that is none of its files', target: '/ten.txt', status: 404, by: 'app' },
  ...['/static/%00', '/static/ten.txt%00.png', '/static/%zz', '/static/../../etc/passwd'].map((target) => ({
    ...unknown(target, 'nginx refuses it by itself'),
    nginx: { status: 400, why: 'it is no URL' },
  })),
];

export const rootFiles = ['favicon.ico', 'robots.txt', '.well-known/security.txt'] as const;

/** Cases for the default options, with {@link rootFiles} at the root. */
export const assetCases: readonly AssetCase[] = [
  ...plain,
  ...codings,
  ...conditions,
  ...ranges,
  ...methods,
  ...hostile,
];

const redirected = (target: string, location: string): AssetCase => ({
  name: `GET ${target}`,
  target,
  status: 302,
  by: 'app',
  answer: { location, 'cache-control': SHORT },
});

/** Cases for a site with index files. */
export const indexCases: readonly AssetCase[] = [
  found('/static/docs/', { body: index, answer: { 'content-type': 'text/html; charset=utf-8' } }),
  found('/static/docs/?a=1', { body: index }),
  found('/static/docs/page.html', { body: index }),
  redirected('/static/docs', '/static/docs/'),
  redirected('/static/docs?a=1&b=%20', '/static/docs/?a=1&b=%20'),
  redirected('/static/docs/index.html', '/static/docs/'),
  redirected('/static/docs/index.html?a=1', '/static/docs/?a=1'),
  { ...redirected('/static/docs', '/static/docs/'), name: 'HEAD', method: 'HEAD' },
  {
    name: 'POST to a folder',
    target: '/static/docs',
    method: 'POST',
    status: 405,
    by: 'app',
    answer: { allow: 'GET, HEAD', location: undefined },
  },
  unknown('/static/css/', 'a folder without index'),
  unknown('/static/', 'the root without index'),
  unknown('/static/index.html'),
  unknown('/static//docs', 'no redirect to another host'),
];
