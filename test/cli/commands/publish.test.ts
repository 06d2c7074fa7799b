import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appProject } from '../project.js';
import { errorIn, run } from '../run.js';

/** A project whose app has something to close. */
async function project() {
  return await appProject({
    urls: /^\/(?!private)/,
    routes: `app.get('/', (req, res) => { pages.tag('home'); res.send('<a href="/a"><a href="/gone"><a href="/private">'); });
     app.get('/a', (req, res) => res.send('a'));
     app.get('/fails', (req, res) => res.status(500).send('no'));
     export const close = async () => { await pages.close(); console.log('closed'); };`,
  });
}

test('publish renders with the app of the configuration, stores, closes it, and tells what it did', async () => {
  const folder = await project();
  expect(await run(['publish', '/', '/a'], { folder })).toEqual({
    code: 0,
    stdout: '/\n/a\n2 pages stored, 0 refused\n',
    stderr: 'closed\n',
  });
  const byTag = await run(['publish', '--tag', 'home', '--json'], { folder });
  expect(JSON.parse(byTag.stdout)).toMatchObject({
    stored: [{ path: '/', file: 'index.html' }],
    refused: [],
  });
  expect((await run(['list'], { folder })).stdout).toContain('a.page.html');
});

test('publish exits with 1 if a page was refused, and with 2 without a target or an app', async () => {
  const folder = await project();
  const refused = await run(['publish', '/', '/gone', '--json'], { folder });
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout).refused).toEqual([{ path: '/gone', reason: 'status', detail: '404' }]);
  expect(errorIn(refused)).toMatchObject({ code: 'ERR_UNHEALTHY', message: '1 page could not be stored' });
  expect((await run(['publish'], { folder })).code).toBe(2);
  await writeFile(
    join(folder, 'staticgenerator.config.mjs'),
    `export default { webRoot: 'www', urls: ['^/'] };`,
  );
  const without = await run(['publish', '/', '--json'], { folder });
  expect(without.code).toBe(2);
  expect(errorIn(without)).toMatchObject({ code: 'ERR_CONFIG_FILE', option: 'app' });
});

test('publish, warm, list and verify go on without a path that no page can have, and tell of it', async () => {
  const folder = await project();
  const told = 'No page can have this path: /tags/100%25\n';
  const odd = '/tags/100%25';
  const published = await run(['publish', odd, '/a'], { folder });
  expect(published).toEqual({ code: 0, stdout: '/a\n1 page stored, 0 refused\n', stderr: `closed\n${told}` });
  const asJson = await run(['publish', odd, '/a', '--json'], { folder });
  expect(asJson.code).toBe(0);
  expect(JSON.parse(asJson.stdout)).toMatchObject({ stored: [{ path: '/a' }], refused: [], notPages: [odd] });
  for (const words of [
    ['warm', odd, '/', '--depth', '0'],
    ['list', odd],
    ['verify', odd, '/a'],
  ]) {
    const outcome = await run(words, { folder });
    expect({ words, code: outcome.code }).toEqual({ words, code: 0 });
    expect(outcome.stderr).toContain(told);
  }
});

test('publish, warm and delete tell of a target that reads like the path of a route', async () => {
  const folder = await project();
  for (const command of ['publish', 'warm', 'delete'])
    expect((await run([command, '/posts/:slug'], { folder })).stderr).toContain(
      'warning: the target looks like the path of a route, but names only the page with exactly this path',
    );
});

test('warm follows the links, and --missing makes only what was deleted', async () => {
  const folder = await project();
  const warmed = await run(['warm', '--json'], { folder });
  expect(warmed.code).toBe(0);
  expect(JSON.parse(warmed.stdout)).toMatchObject({
    stored: 2,
    skipped: 0,
    interrupted: false,
    reasons: { 'status 404': 1 },
  });
  await run(['delete', '/a'], { folder });
  expect((await run(['warm', '--missing'], { folder })).stdout).toContain(
    '1 page stored, 1 already stored, 1 refused',
  );
  await run(['delete', '--all'], { folder });
  const bounded = await run(['warm', '/', '--depth', '0', '--exclude', '^/a'], { folder });
  expect(bounded.stdout).toBe('1 page stored, 0 already stored, 0 refused\n');
});

test('warm exits with 2 if what it is to leave out is no regular expression', async () => {
  const folder = await project();
  for (const pattern of ['(', '/a/*']) {
    const refused = await run(['warm', '--exclude', pattern, '--json'], { folder });
    expect(refused.code).toBe(2);
    expect(errorIn(refused)).toMatchObject({ code: 'ERR_OPTIONS', problems: [{ option: 'exclude[0]' }] });
  }
});

test('warm exits with 1 if a render failed', async () => {
  const failed = await run(['warm', '/fails'], { folder: await project() });
  expect(failed).toMatchObject({ code: 1 });
  expect(failed.stdout).toContain('/fails  refused, status (500)');
});
