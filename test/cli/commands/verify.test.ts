import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appProject } from '../project.js';
import { errorIn, run } from '../run.js';

/** A project whose pages show a file. Nothing reports changes of this file. */
async function project() {
  const folder = await appProject({
    urls: /^\//,
    routes: `import { readFileSync } from 'node:fs';
     const data = () => readFileSync('data', 'utf8');
     app.get('/a', (req, res) => { pages.tag('data'); res.send('<p>\\n' + data() + '\\n'); });
     app.get('/proto', (req, res) => res.send(String(req.headers['x-forwarded-proto'])));
     app.get('/gone', (req, res) => res.status(data().startsWith('old') ? 200 : 404).send('gone'));`,
  });
  const change = (data: string) => writeFile(join(folder, 'data'), data);
  await change('old');
  return { folder, change };
}

test('verify exits with 0 where nothing differs, with 1 and a diff where something does', async () => {
  const { folder, change } = await project();
  await run(['publish', '/a', '/proto', '/gone'], { folder });
  expect(await run(['verify'], { folder })).toMatchObject({
    code: 0,
    stdout: '3 pages verified, 0 differ\n',
  });
  await change('new\u001b[2J');
  const { code, stdout, stderr } = await run(['verify'], { folder });
  expect(code).toBe(1);
  expect(stdout).toBe(
    '/a  differs\n--- stored\n+++ rendered\n@@ -1,2 +1,2 @@\n <p>\n-old\n+new\\u{1b}[2J\n' +
      '/gone  would not be stored now, status (404): the status is not 200\n3 pages verified, 2 differ\n',
  );
  expect(stderr).toBe('error: 2 differences found\n');
  const coloured = await run(['verify', '/a'], { folder, isTerminal: true });
  expect(coloured.stdout).toContain('\u001b[31m-old\u001b[39m');
  const ignoring = await run(['verify', '/a', '--ignore', 'old|new.*'], { folder });
  expect(ignoring.code).toBe(0);
});

test('verify --json is one document, and --sample tells the seed that repeats it', async () => {
  const { folder, change } = await project();
  await run(['publish', '/a', '/proto', '/gone'], { folder });
  await change('new');
  const sampled = await run(['verify', '--sample', '1', '--json'], { folder });
  const { verified, seed } = JSON.parse(sampled.stdout);
  expect([verified, typeof seed]).toEqual([1, 'string']);
  const again = await run(['verify', '--sample', '1', '--seed', seed, '--json'], { folder });
  expect(again.stdout).toBe(sampled.stdout);
  const byTag = await run(['verify', '--tag', 'data', '--json'], { folder });
  expect(errorIn(byTag)).toMatchObject({ code: 'ERR_UNHEALTHY', message: '1 difference found' });
  expect(JSON.parse(byTag.stdout)).toMatchObject({
    ...{ verified: 1, failures: [], changing: [], interrupted: false, seed: null },
    differences: [{ path: '/a', isVolatile: false, difference: { headers: [] } }],
  });
});

test('the headers asked for come to the app', async () => {
  const { folder } = await project();
  await run(['publish', '/proto', '--header', 'X-Forwarded-Proto: https'], { folder });
  expect((await run(['verify'], { folder })).code).toBe(1);
  expect((await run(['verify', '--header', 'X-Forwarded-Proto: https'], { folder })).code).toBe(0);
});

test('--publish replaces what differs and deletes what is no page any more, --delete deletes', async () => {
  const { folder, change } = await project();
  await run(['publish', '/a', '/gone'], { folder });
  await change('new');
  const published = await run(['verify', '--publish'], { folder });
  expect(published.code).toBe(1);
  expect(published.stdout).toMatch(/\n2 pages verified, 2 differ, 1 published, 1 deleted\n$/);
  expect((await run(['verify'], { folder })).stdout).toBe('1 page verified, 0 differ\n');
  await change('newer');
  expect((await run(['verify', '--delete'], { folder })).stdout).toMatch(/1 differ, 1 deleted\n$/);
  expect((await run(['list'], { folder })).stdout).toBe('');
});

test('words that contradict each other end with 2, and a site without pages with 0', async () => {
  const { folder } = await project();
  for (const words of [
    ['--seed', 'a'],
    ['--delete', '--publish'],
    ['--ignore', '('],
    ['--header', 'no header'],
  ])
    expect((await run(['verify', ...words], { folder })).code).toBe(2);
  expect(await run(['verify'], { folder })).toMatchObject({
    code: 0,
    stdout: '0 pages verified, 0 differ\n',
  });
});
