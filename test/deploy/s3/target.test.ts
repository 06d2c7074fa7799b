import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type DeployOptions, deploy, prepareDeploy } from '../../../src/deploy/deploy.js';
import { locateTarget } from '../../../src/deploy/locate-target.js';
import { RECORD_KEY } from '../../../src/deploy/record.js';
import { readSource, type SourceOptions } from '../../../src/deploy/source.js';
import type { DeployTarget } from '../../../src/deploy/target.js';
import { effort } from '../../helpers/effort.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { type Bucket, startBucket } from '../bucket.js';
import { sign } from '../signed-request.js';

const plainSource: SourceOptions = {
  ...{ cacheRules: [], types: new Map(), compress: false },
  immutable: new Set(),
};
const silent = { onPlan: () => undefined, onStep: () => undefined };

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  await fill(folder, files);
  return folder;
}

async function fill(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

function targetIn(
  { environment }: Bucket,
  name = 's3://site',
  overrides: NodeJS.ProcessEnv = {},
): DeployTarget {
  const options = { endpoint: undefined, region: undefined };
  return locateTarget(name, { ...options, environment: { ...environment, ...overrides } });
}

async function deployTo(
  target: DeployTarget,
  folder: string,
  options: Partial<DeployOptions> & { source?: Partial<SourceOptions> } = {},
) {
  const { source = {}, adopt = false, force = false, concurrency = 8 } = options;
  const files = await readSource(folder, { ...plainSource, ...source });
  const prepared = await prepareDeploy(target, files, { adopt, force });
  await deploy(target, prepared, { adopt, force, concurrency, listener: silent });
  const keys = (list: readonly { key: string }[]) => list.map(({ key }) => key);
  const { added, changed, orphans, unchanged, foreign } = prepared.plan;
  return { added: keys(added), changed: keys(changed), orphans, unchanged: unchanged.length, foreign };
}

async function keysIn(target: DeployTarget): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of target.list()) keys.push(key);
  return keys.filter((key) => key !== RECORD_KEY).sort();
}

const HOSTILE_NAMES = [
  ...['a b.html', 'grüße.html', 'grüße 日本.html', 'a+b.html', '100%.html', 'a%20b.html', 'q?x=1.html'],
  ...['(a) *star*!.html', 'hash#tag.html', 'semi;colon,comma=eq@at:.html', 'tilde~.html'],
];

test('every file is uploaded under its own name, whatever is in it, and is found again', async () => {
  const bucket = await startBucket();
  // The store of the tests escapes these names twice in its listings.
  const unlistable = { "it's.html": "it's", 'amp&<lt>.html': 'amp' };
  const names = [...HOSTILE_NAMES, ...HOSTILE_NAMES.map((name) => `folder ü+%/${name}`)];
  const folder = await folderWith(Object.fromEntries(names.map((name) => [name, `text of ${name}`])));
  const target = targetIn(bucket, 's3://site/my pages');
  const other = targetIn(bucket, 's3://site/unlistable');
  await deployTo(other, await folderWith(unlistable));
  for (const [name, text] of Object.entries(unlistable))
    expect((await other.read(name))?.toString()).toBe(text);
  expect((await deployTo(target, folder)).added).toEqual([...names].sort());
  expect(await keysIn(target)).toEqual([...names].sort());
  for (const name of names) expect((await target.read(name))?.toString()).toBe(`text of ${name}`);
  expect(await deployTo(target, folder)).toMatchObject({ added: [], changed: [], unchanged: names.length });
});

test('only what is new or has changed is uploaded, and what the site no longer has is deleted', async () => {
  const bucket = await startBucket();
  const folder = await folderWith({ 'index.html': 'one', 'about.html': 'about', 'old.html': 'old' });
  const target = targetIn(bucket);
  await deployTo(target, folder);
  await fill(folder, { 'index.html': 'two', 'new.html': 'new' });
  await rm(join(folder, 'old.html'));
  bucket.requests.length = 0;
  const report = await deployTo(target, folder);
  const expected = { added: ['new.html'], changed: ['index.html'], orphans: ['old.html'], unchanged: 1 };
  expect(report).toMatchObject(expected);
  const written = bucket.requests.filter((line) => line.startsWith('PUT') && !line.includes(RECORD_KEY));
  expect(written.sort()).toEqual(['PUT /site/index.html', 'PUT /site/new.html']);
  expect(await keysIn(target)).toEqual(['about.html', 'index.html', 'new.html']);
});

test('each deletion comes after every upload and its verification', async () => {
  const bucket = await startBucket();
  const folder = await folderWith({ 'old-1.html': '1', 'old-2.html': '2' });
  await deployTo(targetIn(bucket), folder);
  await rm(join(folder, 'old-1.html'));
  await rm(join(folder, 'old-2.html'));
  await fill(folder, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`new-${i}.html`, `${i}`])));
  bucket.requests.length = 0;
  await deployTo(targetIn(bucket), folder);
  const methods = bucket.requests.map((line) => line.split(' ')[0]);
  const pages = bucket.requests.filter((line) => line.includes('/new-'));
  expect(pages.filter((line) => line.startsWith('HEAD'))).toHaveLength(20);
  expect(methods.indexOf('DELETE')).toBeGreaterThan(methods.lastIndexOf('HEAD'));
  expect(methods.indexOf('HEAD')).toBeGreaterThan(
    bucket.requests.findLastIndex((line) => line.startsWith('PUT') && line.includes('/new-')),
  );
});

test('more objects than one listing holds are compared, and their orphans found', async () => {
  const listingSize = effort({ usual: 50, long: 1_000 });
  const last = listingSize + 2;
  const bucket = await startBucket({ listingSize });
  const name = (index: number) => `posts/${String(index).padStart(4, '0')}.html`;
  const folder = await folderWith(
    Object.fromEntries(Array.from({ length: last + 1 }, (_, index) => [name(index), `post ${index}`])),
  );
  const target = targetIn(bucket);
  await deployTo(target, folder, { concurrency: 16 });
  await rm(join(folder, name(last)));
  await rm(join(folder, name(3)));
  bucket.requests.length = 0;
  const report = await deployTo(target, folder);
  expect(report).toMatchObject({
    added: [],
    changed: [],
    orphans: [name(3), name(last)],
    unchanged: last - 1,
  });
  const listings = bucket.requests.filter((line) => line.startsWith('GET') && line.includes('list-type'));
  expect(listings).toHaveLength(2);
  expect(await keysIn(target)).toHaveLength(last - 1);
});

test('files are served with type, coding and Cache-Control of their kind', async () => {
  const bucket = await startBucket();
  const style = 'body { color: red } '.repeat(100);
  const folder = await folderWith({
    'index.html': '<p>'.repeat(500),
    'assets/style.0123456789abcdef.css': style,
    'assets/style.0123456789abcdef.css.br': 'brotli bytes',
    'assets/theme-facade01.css': style,
    'post-12345678.html': 'no hash',
    'tool.tar': 'tar',
    'tool.tar.gz': 'another file, not a coding',
    'all.json': '{}',
    'all.json.gz': 'of an export',
    'feed/raw': '{}',
  });
  const types = new Map([
    ['feed/raw', 'application/json; charset=utf-8'],
    ['all.json.gz', 'application/gzip'],
  ]);
  const cacheRules = [{ glob: 'feed/**', value: 'max-age=60' }];
  const immutable = new Set(['assets/style.0123456789abcdef.css']);
  await deployTo(targetIn(bucket), folder, { source: { compress: true, types, cacheRules, immutable } });
  const headersOf = async (key: string) => {
    const { headers } = await fetch(await sign(`${bucket.endpoint}/site/${key}`, { method: 'HEAD' }));
    return ['content-type', 'content-encoding', 'cache-control'].map((header) => headers.get(header));
  };
  const forAYear = 'public, max-age=31536000, immutable';
  expect(await headersOf('index.html')).toEqual(['text/html; charset=utf-8', 'gzip', 'no-cache']);
  const css = 'text/css; charset=utf-8';
  expect(await headersOf('assets/style.0123456789abcdef.css')).toEqual([css, 'gzip', forAYear]);
  expect(await headersOf('assets/style.0123456789abcdef.css.br')).toEqual([css, 'br', forAYear]);
  expect(await headersOf('assets/theme-facade01.css')).toEqual([css, 'gzip', 'no-cache']);
  expect(await headersOf('post-12345678.html')).toEqual(['text/html; charset=utf-8', 'gzip', 'no-cache']);
  expect(await headersOf('feed/raw')).toEqual(['application/json; charset=utf-8', 'gzip', 'max-age=60']);
  expect(await headersOf('tool.tar.gz')).toEqual(['application/gzip', null, 'no-cache']);
  expect(await headersOf('all.json.gz')).toEqual(['application/gzip', null, 'no-cache']);
  // fetch() undoes the coding, as a browser does.
  expect((await targetIn(bucket).read('assets/style.0123456789abcdef.css'))?.toString()).toBe(style);
});

test('a file whose headers change is uploaded anew', async () => {
  const bucket = await startBucket();
  const folder = await folderWith({ 'index.html': 'same' });
  await deployTo(targetIn(bucket), folder);
  const cacheRules = [{ glob: '**', value: 'max-age=60' }];
  expect(await deployTo(targetIn(bucket), folder, { source: { cacheRules } })).toMatchObject({
    changed: ['index.html'],
  });
});

test('a failed upload is an error that names the file, and deletes nothing', async () => {
  const bucket = await startBucket();
  const folder = await folderWith({ 'old.html': 'old', 'index.html': 'one' });
  await deployTo(targetIn(bucket), folder);
  await rm(join(folder, 'old.html'));
  await fill(folder, { 'index.html': 'two', 'bad.html': 'bad' });
  bucket.intercept = ({ method, url }, response) => {
    const isRefused = method === 'PUT' && url === '/site/bad.html';
    if (isRefused) response.writeHead(400).end('<Error><Code>BadDigest</Code><Message>No.</Message></Error>');
    return isRefused;
  };
  await expect(deployTo(targetIn(bucket), folder)).rejects.toMatchObject({
    code: 'ERR_DEPLOY_FAILED',
    path: 'bad.html',
    message: expect.stringContaining('BadDigest: No.') as string,
  });
  expect(await keysIn(targetIn(bucket))).toContain('old.html');
  expect(bucket.requests.filter((line) => line.startsWith('DELETE'))).toEqual([]);
  bucket.intercept = () => false;
  expect(await deployTo(targetIn(bucket), folder)).toMatchObject({ orphans: ['old.html'] });
  expect(await keysIn(targetIn(bucket))).toEqual(['bad.html', 'index.html']);
});

test('an upload that the store keeps otherwise is an error, and deletes nothing', async () => {
  const bucket = await startBucket();
  const folder = await folderWith({ 'old.html': 'old' });
  await deployTo(targetIn(bucket), folder);
  await rm(join(folder, 'old.html'));
  await fill(folder, { 'index.html': 'one' });
  bucket.intercept = ({ method, url }, response) => {
    const isAsked = method === 'HEAD' && url === '/site/index.html';
    if (isAsked) response.writeHead(200, { etag: '"another"' }).end();
    return isAsked;
  };
  await expect(deployTo(targetIn(bucket), folder)).rejects.toMatchObject({
    code: 'ERR_DEPLOY_FAILED',
    message: expect.stringContaining(
      'index.html in s3://site/ differs from what was written: expected etag',
    ) as string,
  });
  expect(await keysIn(targetIn(bucket))).toContain('old.html');
});

test('a fault that passes is overcome', async () => {
  const bucket = await startBucket();
  const folder = await folderWith({ 'index.html': 'one' });
  let faults = 0;
  bucket.intercept = (request, response) => {
    if (request.method !== 'PUT' || faults === 2) return false;
    faults += 1;
    if (faults === 1) request.destroy();
    else response.writeHead(503).end();
    return true;
  };
  await deployTo(targetIn(bucket), folder);
  expect(faults).toBe(2);
  expect(await keysIn(targetIn(bucket))).toEqual(['index.html']);
});

test('a wrong key is told as such', async () => {
  const bucket = await startBucket();
  const folder = await folderWith({ 'index.html': 'one' });
  await expect(
    deployTo(targetIn(bucket, 's3://site', { AWS_SECRET_ACCESS_KEY: 'wrong' }), folder),
  ).rejects.toMatchObject({
    code: 'ERR_DEPLOY_FAILED',
    message: expect.stringMatching(/403 SignatureDoesNotMatch.*AWS_SECRET_ACCESS_KEY/s) as string,
  });
});

test('a bucket that is not there is told as such', async () => {
  const bucket = await startBucket();
  const folder = await folderWith({ 'index.html': 'one' });
  await expect(deployTo(targetIn(bucket, 's3://other'), folder)).rejects.toThrow(
    /404 NoSuchBucket.*the name of the bucket/s,
  );
});

test('what others have put there is neither taken over unasked nor deleted', async () => {
  const bucket = await startBucket();
  const [ours, theirs] = [
    await folderWith({ 'index.html': 'one' }),
    await folderWith({ 'photo.jpg': 'photo' }),
  ];
  const target = targetIn(bucket);
  await deployTo(targetIn(bucket, 's3://site/media'), theirs);
  await expect(deployTo(target, ours)).rejects.toMatchObject({ code: 'ERR_DEPLOY_FOREIGN' });
  expect(await keysIn(target)).not.toContain('index.html');
  await deployTo(targetIn(bucket, 's3://site/www'), ours);
  expect(await keysIn(target)).toContain('media/photo.jpg');
  expect(await deployTo(target, ours, { adopt: true })).toMatchObject({
    orphans: expect.arrayContaining(['media/photo.jpg', 'www/index.html']) as string[],
  });
  expect(await keysIn(target)).toEqual(['index.html']);
});

test('what a broken deployment uploaded is removed by the next one that no longer has it', async () => {
  const bucket = await startBucket();
  const folder = await folderWith({ 'index.html': 'one', 'z.html': 'z' });
  bucket.intercept = ({ method, url }, response) => {
    const isRefused = method === 'PUT' && url === '/site/z.html';
    if (isRefused) response.writeHead(400).end();
    return isRefused;
  };
  await expect(deployTo(targetIn(bucket), folder, { concurrency: 1 })).rejects.toThrow('z.html');
  bucket.intercept = () => false;
  await rm(join(folder, 'index.html'));
  expect(await deployTo(targetIn(bucket), folder)).toMatchObject({ orphans: ['index.html'] });
  expect(await keysIn(targetIn(bucket))).toEqual(['z.html']);
});
