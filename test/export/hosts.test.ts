import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deploy, prepareDeploy } from '../../src/deploy/deploy.js';
import { locateTarget } from '../../src/deploy/locate-target.js';
import { readSource } from '../../src/deploy/source.js';
import type { ContentTypes } from '../../src/export/files/content-types.js';
import { typesOfExport } from '../../src/export/folder/manifest.js';
import type { ExportLayout } from '../../src/export/options.js';
import { startBucket } from '../deploy/bucket.js';
import { readPage } from '../docs/markdown.js';
import { effortFrom } from '../helpers/effort.js';
import { installedNginx, startNginx } from '../helpers/servers/nginx.js';
import { freePort } from '../helpers/servers/ports.js';
import { type Answer, listen, send } from '../helpers/site/site.js';
import { exportingSite } from './site.js';

const seed = 20_261_129;
const PAGES = effortFrom('EXPORTED_PAGES', { usual: 80, long: 2_000 });
const HTML = 'text/html; charset=utf-8';

/** The types that apps send. Any type may have any name. */
const types = [
  ...[HTML, HTML, HTML, 'text/html', 'text/html; charset=iso-8859-1', 'application/xhtml+xml'],
  ...['text/plain; charset=utf-8', 'text/markdown', 'text/css', 'text/csv', 'text/javascript'],
  ...['application/javascript', 'application/json', 'application/ld+json', 'application/xml', 'text/xml'],
  ...['application/rss+xml', 'image/svg+xml', 'image/png', 'font/woff2', 'application/pdf'],
  'application/octet-stream',
];
const extensions = [
  ...[
    '',
    '',
    '',
    '/',
    '/',
    '.html',
    '.htm',
    '.HTML',
    '.xhtml',
    '.js',
    '.mjs',
    '.json',
    '.md',
    '.css',
    '.txt',
    '.csv',
  ],
  ...['.xml', '.rss', '.svg', '.png', '.woff2', '.pdf', '.ts', '.php', '.2', '.html.js', '.js/', '.xml/'],
];
const names = ['about', 'café', 'a b', 'index.html', 'v1', "it's", 'ünï+x', 'a&b', 'x=y', '100%'];
/** The parts of other names. */
const pieces = [
  ...[
    'a',
    'Z',
    '9',
    'é',
    'e\u0301',
    '日本',
    '🎉',
    '.',
    '..',
    '-',
    '_',
    '~',
    ' ',
    '+',
    '&',
    '=',
    ';',
    ':',
    ',',
    '!',
    '$',
    "'",
  ],
  ...[
    '(',
    ')',
    '*',
    '@',
    '[',
    ']',
    '{',
    '|',
    '^',
    '`',
    '"',
    '<',
    '\\',
    '%',
    '%2e',
    'index',
    '404',
    '.html',
    '.gz',
  ],
];
const anyName = fc
  .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 4 })
  .map((all) => `${all.join('')}n`);

interface Page {
  readonly path: string;
  readonly type: string;
}

const page = fc
  .tuple(
    fc.array(fc.constantFrom('posts', 'rss', 't', 'café'), { maxLength: 2 }),
    fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: anyName }),
    fc.nat(9),
    fc.constantFrom(...extensions),
    fc.constantFrom(...types),
  )
  .map(([folders, name, number, extension, type]): Page => {
    return { path: encodeURI(['', ...folders, `${name}${number}${extension}`].join('/')), type };
  });

/** Each page once, even if the sample has both forms of its path. */
const pages = [
  ...new Map(
    fc.sample(page, { seed, numRuns: PAGES }).map((one) => [one.path.replace(/\/$/, ''), one]),
  ).values(),
];
const typeOf = new Map(pages.map(({ path, type }) => [path, type]));
const bodyOf = (path: string) => `the page ${path}`;

/** Exports as many of the pages as possible. */
async function exported(contentTypes: ContentTypes, layout: ExportLayout = 'folders') {
  const site = await exportingSite((app) => {
    app.use((request, response) => {
      const type = typeOf.get(request.url);
      const links = pages.map(({ path }) => `<a href="${path.replaceAll('&', '&amp;')}">x</a>`).join('');
      if (request.url === '/') response.send(links);
      else if (type === undefined) response.status(404).send('nothing');
      else response.writeHead(200, { 'Content-Type': type }).end(bodyOf(request.url));
    });
  });
  const report = await site.export({ keepGoing: true, contentTypes, layout });
  return { ...report, rendered: report.rendered.filter((path) => path !== '/') };
}

type Ask = (path: string) => Promise<Answer>;

/** Requests a path, and follows a redirect that adds a slash. */
async function follow(port: number, path: string): Promise<Answer> {
  const answer = await send(port, path);
  return answer.headers.location?.endsWith('/') === true ? await send(port, `${path}/`) : answer;
}

/** Starts the server that the guide shows. */
async function nginxOf(folder: string): Promise<Ask> {
  const block = readPage('docs/guide/exporting.md').blocks.find(({ language }) => language === 'nginx');
  const port = await freePort();
  const server = String(block?.text)
    .replace('listen 80', `listen 127.0.0.1:${port}`)
    .replace('/srv/www/site', folder);
  const list = readFileSync(join(dirname(installedNginx().nginx), 'etc/nginx/mime.types'), 'utf8');
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const nginx = await startNginx(`${user} events {} http { ${list} ${server} }`);
  onTestFinished(() => nginx.stop());
  return (path) => follow(port, path);
}

async function serveStaticOf(folder: string): Promise<Ask> {
  const serveStatic = createRequire(import.meta.url)('serve-static') as (
    root: string,
    options: object,
  ) => RequestListener & Next;
  const serve = serveStatic(folder, { extensions: ['html'] });
  const port = await listen((request, response) =>
    serve(request, response, () => response.writeHead(404).end()),
  );
  return (path) => follow(port, path);
}

type Next = (...given: [...Parameters<RequestListener>, () => void]) => void;

/** Starts a bucket that is a website, and deploys the export to it as the command does. */
async function bucketOf(folder: string): Promise<Ask> {
  const { endpoint, environment } = await startBucket({ website: true });
  const target = locateTarget('s3://site', { endpoint, region: undefined, environment });
  const known = { types: typesOfExport(folder), immutable: new Set<string>() };
  const files = await readSource(folder, { ...known, cacheRules: [], compress: false });
  const options = { adopt: false, force: false, concurrency: 8 };
  const listener = { onPlan: () => undefined, onStep: () => undefined };
  await deploy(target, await prepareDeploy(target, files, options), { ...options, listener });
  return (path) => follow(Number(new URL(endpoint).port), `/site${path}`);
}

/** Returns one name for types that servers call by several names. */
function meaningOf(type: string | undefined): string {
  const essence = (type ?? 'application/octet-stream').split(';')[0] ?? '';
  const synonyms = {
    'application/javascript': 'text/javascript',
    'text/xml': 'application/xml',
    'application/rss+xml': 'application/xml',
    'application/ld+json': 'application/json',
    'text/markdown': 'text/plain',
  } as const;
  return synonyms[essence as keyof typeof synonyms] ?? essence;
}

/** If an app names no specific type, any type is right that browsers neither run nor read by themselves. */
const passive = /^(?:image\/png|font\/|text\/csv|application\/(?:pdf|octet-stream|x-httpd-php)|video\/mp2t)/;

async function expectAnswers(ask: Ask, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const { status, body, headers } = await ask(path);
    const [said, got] = [meaningOf(typeOf.get(path)), meaningOf(headers['content-type'])];
    expect.soft([path, status, body]).toEqual([path, 200, bodyOf(path)]);
    if (said === 'application/octet-stream') expect.soft(got, path).toMatch(passive);
    else expect.soft([path, got]).toEqual([path, said]);
  }
}

/** Another page has this file, no file system accepts its name, or hosts reserve the name. */
const hasNoFile = /one of them another `file`|cannot be its file|begins with a dot/;

describe('what is exported at a URL is answered there with the type of the app', () => {
  test.each([
    ['nginx', 'folders', nginxOf],
    ['nginx', 'files', nginxOf],
    ['serve-static', 'folders', serveStaticOf],
    ['serve-static', 'files', serveStaticOf],
  ] as const)('by %s, which goes by names, in %s', { timeout: 60_000 }, async (_name, layout, serverOf) => {
    const { folder, rendered } = await exported('names', layout);
    expect(rendered.length).toBeGreaterThan(PAGES / 5);
    await expectAnswers(await serverOf(folder), rendered);
  });

  test('by an S3 that is told the types', { timeout: 60_000 }, async () => {
    const { folder, rendered, failures } = await exported('manifest');
    expect(failures.map(({ message }) => message).filter((one) => !hasNoFile.test(one))).toEqual([]);
    expect(rendered.length).toBeGreaterThan(PAGES / 2);
    // S3 reads a plus sign as a space. The S3 of these tests redirects only to Latin letters, and not to a percent
    // sign.
    const askable = rendered.filter((path) => /^[^+%\u0100-\u{10ffff}]*$/u.test(decodeURIComponent(path)));
    await expectAnswers(await bucketOf(folder), askable);
  });

  test('and what is not exported is no HTML in UTF-8, but what no name tells', {
    timeout: 60_000,
  }, async () => {
    const { failures } = await exported('names');
    const others = failures.filter(({ message }) => !hasNoFile.test(message));
    expect(others.length).toBeGreaterThan(0);
    expect(failures.every(({ message }) => /[Gg]ive |[Ee]xclude |Send it|Or set/.test(message))).toBe(true);
    for (const { path, message } of others) {
      expect.soft(message).toContain('a host that derives types from file names would send');
      expect.soft([path, typeOf.get(path)]).not.toEqual([path, HTML]);
    }
  });
});
