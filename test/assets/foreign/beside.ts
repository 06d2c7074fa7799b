import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import express from 'express';
import serveStatic from 'serve-static';
import sirv from 'sirv';
import { type AssetMode, assets } from '../../../src/assets/index.js';
import { bytesOf } from '../../cases/requests.js';
import { type RawResponse, rawRequest } from '../../helpers/servers/raw-http.js';
import { listen } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';

export const peers = ['serve-static', 'sirv'] as const;
export type Peer = (typeof peers)[number];
export const modes: readonly AssetMode[] = ['production', 'development'];
const URL_PATH = '/static/';

/** One difference between our answer and the answer of a peer. */
export interface Difference {
  readonly peer: Peer;
  readonly mode: AssetMode;
  readonly request: string;
  /** The name of a header, `status`, `body`, or `answered by`. */
  readonly aspect: string;
  readonly ours: string;
  readonly theirs: string;
}

const script = Buffer.from('console.log(1);\n'.repeat(100));
const files: Readonly<Record<string, string | Buffer>> = {
  'a.txt': 'hello',
  'empty.txt': '',
  'nums.txt': '123456789',
  'two words.txt': 'two words',
  'fünke.txt': 'fünke',
  'do..ts.txt': 'dots',
  'user@example.txt': 'at',
  'name.dir/name.txt': 'in a folder with a dot',
  'app.js': script,
  'page.html': '<p>page</p>',
  'index.html': '<p>home</p>',
  'docs/index.html': '<p>docs</p>',
  'docs/deep/page.html': '<p>deep</p>',
  'icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'data.json': '{}',
  'font.woff2': 'font',
  'no-extension': 'text',
  '.hidden.txt': 'hidden',
  'docs/.hidden/a.txt': 'hidden',
  '.well-known/security.txt': 'Contact: mailto:a@example.com',
};
const MODIFIED_SECONDS = 1_234_567_890;

/** Placeholders in header lines: the ETag of the file, its date, a date before that, and a date after it. */
const validators = ['TAG', 'DATE', 'EARLIER', 'LATER'] as const;

type Asked = readonly [
  name: string,
  path: string,
  options?: { method?: string; headers?: readonly string[] },
];

const withHeaders = (name: string, path: string, ...headers: readonly string[]): Asked => [
  name,
  path,
  { headers },
];

/** What the test suites of both peers check, written in our own words. */
const requests: readonly Asked[] = [
  ...Object.keys(files).map((file): Asked => [`the file ${file}`, encodeURI(file)]),
  ...Object.keys(files).map((file): Asked => [`HEAD of ${file}`, encodeURI(file), { method: 'HEAD' }]),
  ['the top', ''],
  ['a folder with an index', 'docs/'],
  ['a folder with an index, without its slash', 'docs'],
  ['the same with a query', 'docs?a=b'],
  ['a folder without an index', 'docs/deep/'],
  ['the same without its slash', 'docs/deep'],
  ['an index by its name', 'docs/index.html'],
  ['a page without its extension', 'page'],
  ['a file as if it were a folder', 'a.txt/'],
  ['something below a file', 'a.txt/b.txt'],
  ['nothing', 'nothing.txt'],
  ['nothing, in a folder', 'docs/nothing/at/all'],
  ['a query', 'a.txt?version=1'],
  ['two slashes', '/a.txt'],
  ['two slashes before a folder', '/docs'],
  ['a host after two slashes', '/example.com/..'],
  ['dots that lead up', '../a.txt'],
  ['dots within', 'docs/../a.txt'],
  ['dots behind escapes', 'docs/%2e%2e/a.txt'],
  ['dots that lead out, behind escapes', '%2e%2e/%2e%2e/etc/passwd'],
  ['an escaped slash', 'docs%2Findex.html'],
  ['an escaped letter', '%61.txt'],
  ['a backslash', '..\\a.txt'],
  ['an escaped backslash', '..%5ca.txt'],
  ['a malformed escape', 'a%.txt'],
  ['bytes that are not UTF-8', 'a%ff.txt'],
  ['a zero byte', 'a.txt%00'],
  ['a plus', 'two+words.txt'],
  ['a name that is too long', 'a'.repeat(300)],
  ['a path that is too long', 'a/'.repeat(3000)],
  ['another case', 'A.TXT'],
  ['what looks like a host', 'user@example.txt'],
  ...['POST', 'PUT', 'DELETE', 'OPTIONS'].flatMap((method): readonly Asked[] => [
    [`${method} of a file`, 'a.txt', { method }],
    [`${method} of nothing`, 'nothing.txt', { method }],
  ]),
  withHeaders('its tag', 'a.txt', 'If-None-Match: TAG'),
  withHeaders('its tag among others', 'a.txt', 'If-None-Match: "x", TAG'),
  withHeaders('any tag', 'a.txt', 'If-None-Match: *'),
  withHeaders('any tag of nothing', 'nothing.txt', 'If-None-Match: *'),
  withHeaders('another tag', 'a.txt', 'If-None-Match: "x"'),
  withHeaders('another tag and its date', 'a.txt', 'If-None-Match: "x"', `If-Modified-Since: DATE`),
  withHeaders('its date', 'a.txt', `If-Modified-Since: DATE`),
  withHeaders('an earlier date', 'a.txt', `If-Modified-Since: EARLIER`),
  withHeaders('a later date', 'a.txt', `If-Modified-Since: LATER`),
  withHeaders('no date', 'a.txt', 'If-Modified-Since: yesterday'),
  withHeaders('a reload', 'a.txt', 'If-None-Match: TAG', 'Cache-Control: no-cache'),
  withHeaders('its tag as a condition', 'a.txt', 'If-Match: TAG'),
  withHeaders('any tag as a condition', 'a.txt', 'If-Match: *'),
  withHeaders('another tag as a condition', 'a.txt', 'If-Match: "x"'),
  withHeaders('unmodified since its date', 'a.txt', `If-Unmodified-Since: DATE`),
  withHeaders('unmodified since earlier', 'a.txt', `If-Unmodified-Since: EARLIER`),
  withHeaders('unmodified since later', 'a.txt', `If-Unmodified-Since: LATER`),
  ...['0-4', '2-2', '-3', '4-', '0-', '0-100', '9-', '100-', '5-2', '-0', 'x-y', '0-1,3-4', '0-2,3-4'].map(
    (part) => withHeaders(`the part ${part}`, 'nums.txt', `Range: bytes=${part}`),
  ),
  withHeaders('a part in lines', 'nums.txt', 'Range: lines=0-1'),
  withHeaders('a part of nothing', 'empty.txt', 'Range: bytes=0-1'),
  ['HEAD of a part', 'nums.txt', { method: 'HEAD', headers: ['Range: bytes=0-4'] }],
  withHeaders('a part of what has its tag', 'nums.txt', 'Range: bytes=0-4', 'If-Range: TAG'),
  withHeaders('a part of what has another tag', 'nums.txt', 'Range: bytes=0-4', 'If-Range: "x"'),
  withHeaders('a part of what has its date', 'nums.txt', 'Range: bytes=0-4', `If-Range: DATE`),
  withHeaders('a part of what is older', 'nums.txt', 'Range: bytes=0-4', `If-Range: EARLIER`),
  withHeaders('gzip', 'app.js', 'Accept-Encoding: gzip'),
  withHeaders('br and gzip', 'app.js', 'Accept-Encoding: gzip, br'),
  withHeaders('gzip, refused', 'app.js', 'Accept-Encoding: gzip;q=0'),
  withHeaders('gzip of what has none', 'a.txt', 'Accept-Encoding: gzip'),
  withHeaders('a part of gzip', 'app.js', 'Accept-Encoding: gzip', 'Range: bytes=0-4'),
];

/** Headers of the connection, and the header in which Express names itself. */
const IGNORED = ['date', 'connection', 'keep-alive', 'transfer-encoding', 'x-powered-by'];
const OF_THE_APP = 'the app';

/** Returns every difference between our answers and a peer's. If the status differs, nothing else is compared. */
export async function compareBeside(peer: Peer, mode: AssetMode): Promise<readonly Difference[]> {
  const { ours: ourPort, theirs: theirPort } = await startBeside(peer, mode);
  const all: Difference[] = [];
  for (const asked of requests) {
    const [own, other] = [await answerOf(ourPort, asked), await answerOf(theirPort, asked)];
    const aspects =
      own.status === other.status ? new Set([...Object.keys(own), ...Object.keys(other)]) : ['status'];
    for (const aspect of aspects) {
      const [ours, theirs] = [own[aspect] ?? '', other[aspect] ?? ''];
      if (ours !== theirs) all.push({ peer, mode, request: asked[0], aspect, ours, theirs });
    }
  }
  return all;
}

/** Starts both on the same files: the collected ones, or in development the source files. */
async function startBeside(peer: Peer, mode: AssetMode) {
  const folder = await temporaryFolder();
  const written = join(folder, 'static');
  const root = join(folder, 'collected');
  for (const [name, content] of Object.entries(files)) {
    const file = join(written, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    utimesSync(file, MODIFIED_SECONDS, MODIFIED_SECONDS);
  }
  const options = { dirs: [written], root, url: URL_PATH, index: true, logger: false } as const;
  await assets({ ...options, mode: 'development' }).collect();
  const { middleware } = assets({ ...options, mode });
  const isDevelopment = mode === 'development';
  const served = isDevelopment ? written : root;
  const peerOf = {
    'serve-static': () => serveStatic(served, { maxAge: '1m' }),
    sirv: () => sirv(served, { etag: true, gzip: true, brotli: true, maxAge: 60, dev: isDevelopment }),
  };
  return {
    ours: await listen(express().use(middleware)),
    theirs: await listen(express().use(URL_PATH, peerOf[peer]())),
  };
}

type Answer = Readonly<Record<string, string | undefined>>;

/**
 * Returns an answer by aspect. An answer of the app, for a request that the middleware passes on, has only a status.
 */
async function answerOf(
  port: number,
  [, path, { method = 'GET', headers = [] } = {}]: Asked,
): Promise<Answer> {
  const ask = async (by: string, lines: readonly string[]) =>
    await rawRequest(port, bytesOf({ target: `${URL_PATH}${path}`, method: by, headers: lines }));
  const filled: string[] = [];
  for (const line of headers) filled.push(await fill(line, async () => (await ask('GET', [])).headers));
  const answer = await ask(method, filled).catch(() => undefined);
  if (answer === undefined) return { status: 'the end of the connection' };
  if (isOfTheApp(answer)) return { status: OF_THE_APP };
  // The rest of an answer that refuses the request is Express's error page on their side.
  if (answer.status >= 400)
    return { status: String(answer.status), 'content-range': answer.headers['content-range'] };
  const told = Object.entries(answer.headers).filter(([name]) => !IGNORED.includes(name));
  const { etag, ...others } = Object.fromEntries(told);
  const tag = etag === undefined ? '' : etag.replace(/".*"/, '"…"');
  return { status: String(answer.status), body: answer.body.toString('latin1'), etag: tag, ...others };
}

async function fill(line: string, ask: () => Promise<RawResponse['headers']>): Promise<string> {
  const name = validators.find((one) => line.includes(one));
  if (name === undefined) return line;
  const headers = await ask();
  const date = new Date(headers['last-modified'] ?? 0).getTime();
  const shifted = (milliseconds: number) => new Date(date + milliseconds).toUTCString();
  const values = {
    TAG: headers.etag ?? '',
    DATE: shifted(0),
    EARLIER: shifted(-60_000),
    LATER: shifted(60_000),
  };
  return line.replace(name, values[name]);
}

/** Whether Express itself answered, because no handler did. */
function isOfTheApp({ status, headers }: RawResponse): boolean {
  return status === 404 && headers['content-security-policy'] === "default-src 'none'";
}
