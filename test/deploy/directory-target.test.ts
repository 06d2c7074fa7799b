import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { errorIn, run } from '../cli/run.js';
import { temporaryFolder } from '../helpers/temporary.js';

async function place(files: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder();
  const [from, to] = [join(folder, 'site'), join(folder, 'www')];
  await fill(from, files);
  const deploy = (...words: string[]) => run(['deploy', to, '--from', from, ...words], { folder });
  return { folder, from, to, deploy };
}

async function fill(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath.slice(folder.length), entry.name).replace(/^\//, ''))
    .filter((name) => !name.startsWith('.staticgenerator'))
    .sort();

test('a folder gets what is new and changed, and loses what the site no longer has', async () => {
  const { from, to, deploy } = await place({
    'index.html': 'one',
    'a/b/old.html': 'old',
    'same.html': 'same',
  });
  expect(await deploy()).toMatchObject({ code: 0, stderr: '' });
  await fill(to, { 'theirs.txt': 'put here by hand' });
  await fill(from, { 'index.html': 'two', 'grüße 1.html': 'new' });
  await rm(join(from, 'a'), { recursive: true });
  const { code, stdout } = await deploy('--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    dryRun: false,
    target: to,
    added: ['grüße 1.html'],
    changed: ['index.html'],
    deleted: ['a/b/old.html'],
    foreign: ['theirs.txt'],
    unchanged: 1,
    notices: [],
  });
  expect(filesIn(to)).toEqual(['grüße 1.html', 'index.html', 'same.html', 'theirs.txt']);
  expect(await readFile(join(to, 'index.html'), 'utf8')).toBe('two');
  expect(existsSync(join(to, 'a'))).toBe(false);
  expect((await stat(join(to, 'index.html'))).mode & 0o777).toBe(0o644);
});

test('a dry run prints the plan and changes nothing', async () => {
  const { from, to, deploy } = await place({ 'index.html': 'one', 'old.html': 'old' });
  await deploy();
  await fill(from, { 'index.html': 'two', 'new.html': 'new' });
  await rm(join(from, 'old.html'));
  const { stdout } = await deploy('--dry-run');
  expect(stdout).toBe(
    `new      new.html\nchanged  index.html\ndelete   old.html\n${to}: 1 new, 1 changed (6 B), 1 deleted, 0 unchanged (nothing was done)\n`,
  );
  expect(await readFile(join(to, 'index.html'), 'utf8')).toBe('one');
  expect(filesIn(to)).toEqual(['index.html', 'old.html']);
});

test('a folder with files of others is refused unless it is taken over', async () => {
  const { to, deploy } = await place({ 'index.html': 'one' });
  await fill(to, { 'theirs.txt': 'theirs' });
  const refused = await deploy('--json');
  expect(refused.code).toBe(2);
  expect(errorIn(refused)).toMatchObject({ code: 'ERR_DEPLOY_FOREIGN', found: ['theirs.txt'] });
  expect(filesIn(to)).toEqual(['theirs.txt']);
  expect((await deploy('--adopt')).code).toBe(0);
  expect(filesIn(to)).toEqual(['index.html']);
});

test('an upload that fails is exit code 1, and nothing is deleted', async () => {
  const { from, to, deploy } = await place({ 'index.html': 'one', 'old.html': 'old' });
  await deploy();
  await rm(join(from, 'old.html'));
  await fill(from, { 'blocked/page.html': 'page' });
  await fill(to, { blocked: 'a file where a folder is needed' });
  const outcome = await deploy('--json');
  expect(outcome.code).toBe(1);
  expect(errorIn(outcome)).toMatchObject({ code: 'ERR_DEPLOY_FAILED', path: 'blocked/page.html' });
  expect(filesIn(to)).toContain('old.html');
});

const SWAPS = [
  { name: 'a file by a folder', from: { a: 'old' }, to: { 'a/b': 'b', 'a/c': 'c' } },
  { name: 'a folder by a file', from: { 'a/b': 'b', 'a/c': 'c' }, to: { a: 'new' } },
  { name: 'a deep folder by a file', from: { 'a/b/c/d': 'd', 'a/x': 'x' }, to: { a: 'new' } },
  { name: 'a file by a deep folder', from: { 'p/a': 'old' }, to: { 'p/a/b/c': 'new', 'p/b': 'b' } },
  { name: 'both at once', from: { a: 'a', 'b/c': 'c' }, to: { 'a/c': 'c', b: 'b' } },
];

test.each(SWAPS)('$name of its own is replaced, and the next deployment does nothing', async (swap) => {
  const { from, to, deploy } = await place({ ...swap.from, 'same.html': 'same' });
  await deploy();
  await rm(from, { recursive: true });
  await fill(from, { ...swap.to, 'same.html': 'same' });
  expect(await deploy()).toMatchObject({ code: 0, stderr: '' });
  expect(filesIn(to)).toEqual([...Object.keys(swap.to), 'same.html'].sort());
  for (const [name, text] of Object.entries(swap.to))
    expect(await readFile(join(to, name), 'utf8')).toBe(text);
  expect((await deploy()).stdout).toContain('0 new, 0 changed (0 B), 0 deleted');
});

test.each(SWAPS)('$name is not, if something of others is in it', async (swap) => {
  const { from, to, deploy } = await place({ 'same.html': 'same' });
  await deploy();
  await fill(to, swap.from);
  await fill(from, swap.to);
  const outcome = await deploy('--json');
  expect(outcome.code).toBe(1);
  expect(errorIn(outcome)).toMatchObject({
    code: 'ERR_DEPLOY_FAILED',
    message: expect.stringContaining('Nothing was changed'),
  });
  expect(filesIn(to)).toEqual([...Object.keys(swap.from), 'same.html'].sort());
});

test('a folder that holds nothing is in nobody\u2019s way', async () => {
  const { from, to, deploy } = await place({ 'same.html': 'same' });
  await deploy();
  await mkdir(join(to, 'a/b'), { recursive: true });
  await fill(from, { a: 'new' });
  expect(await deploy()).toMatchObject({ code: 0, stderr: '' });
  expect(await readFile(join(to, 'a'), 'utf8')).toBe('new');
});

test('files whose type no name tells are told of, for a folder keeps no types', async () => {
  const { from, deploy } = await place({ 'rss/index.html': '<rss/>', 'index.html': 'home' });
  const files = Object.fromEntries(
    ['rss/index.html', 'index.html'].map((name) => [
      name,
      {
        kind: 'page',
        bytes: 1,
        hash: '',
        type: name.startsWith('rss') ? 'application/rss+xml' : 'text/html',
      },
    ]),
  );
  await fill(from, {
    '.staticgenerator-export.json': JSON.stringify({ version: 1, fingerprint: '', files }),
  });
  const { notices } = JSON.parse((await deploy('--json', '--dry-run')).stdout) as { notices: string[] };
  expect(notices).toEqual([
    expect.stringContaining('sends a different one than the app for rss/index.html;'),
  ]);
  expect((await deploy()).stdout).toContain(`notice   ${notices[0]}\n`);
});

test.each([
  ['itself', []],
  ['a folder in it', ['www']],
])('a folder is not deployed into %s', async (_, below) => {
  const { folder, from } = await place({ 'index.html': 'one' });
  const outcome = await run(['deploy', join(from, ...below), '--from', from], { folder });
  expect(outcome).toMatchObject({ code: 2 });
  expect(filesIn(from)).toEqual(['index.html']);
});

test.each([
  ['s3://site', 'the environment variable AWS_ACCESS_KEY_ID'],
  ['s3://Not_A_Bucket/x', 'the name of a bucket'],
  ['ftp://host/x', 's3://<bucket>/<prefix>, command:<command line>, or a folder'],
  ['command: ', 'Expected a command line'],
])('%s is refused with what was expected', async (target, expected) => {
  const { folder, from } = await place({ 'index.html': 'one' });
  const outcome = await run(['deploy', target, '--from', from], { folder });
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toContain(expected);
});

test('an empty or missing folder is not deployed', async () => {
  const { folder, from, to, deploy } = await place({ 'index.html': 'one' });
  await deploy();
  await rm(join(from, 'index.html'));
  expect((await deploy()).code).toBe(2);
  expect((await run(['deploy', to, '--from', join(folder, 'nowhere')], { folder })).code).toBe(1);
  expect(filesIn(to)).toEqual(['index.html']);
});

test('a command gets the folder, and the files with their headers', async () => {
  const { folder, from } = await place({ 'index.html': 'one' });
  const copied = join(folder, 'copied');
  const line = `command:cp -r "$STATICGENERATOR_FOLDER" ${copied} && cat > ${copied}/list.json`;
  expect((await run(['deploy', line, '--from', from], { folder })).code).toBe(0);
  expect(filesIn(copied)).toEqual(['index.html', 'list.json']);
  expect(JSON.parse(await readFile(join(copied, 'list.json'), 'utf8'))).toEqual([
    { key: 'index.html', bytes: 3, contentType: 'text/html; charset=utf-8', cacheControl: 'no-cache' },
  ]);
});

test('a command that fails is exit code 1 with what it said, and a dry run does not run it', async () => {
  const { folder, from } = await place({ 'index.html': 'one' });
  const line = `command:echo no space left >&2; touch ${folder}/ran; exit 7`;
  const dry = await run(['deploy', line, '--from', from, '--dry-run'], { folder });
  expect(dry.code).toBe(0);
  expect(existsSync(join(folder, 'ran'))).toBe(false);
  const outcome = await run(['deploy', line, '--from', from], { folder });
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(/no space left\n.*it exited with 7/s);
});
