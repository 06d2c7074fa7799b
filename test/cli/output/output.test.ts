import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { startSite } from '../../helpers/site/site.js';
import { binary, errorIn, run, runProcess, siteFolder } from '../run.js';

const ESCAPE = '\u001b';

async function siteWithPages(count: number) {
  const { folder, webRoot } = await siteFolder();
  const site = await startSite((app) => app.get('/:name', (_request, response) => void response.send('x')), {
    webRoot,
  });
  for (let index = 0; index < count; index += 1) await site.visit(`/page-${index}`);
  return { folder, webRoot, site };
}

describe('colour', () => {
  test('is in results on a terminal', async () => {
    const { folder } = await siteWithPages(1);
    expect((await run(['list'], { folder, isTerminal: true })).stdout).toContain(`${ESCAPE}[1m`);
  });

  test('is in errors on a terminal', async () => {
    const { folder } = await siteFolder();
    expect((await run(['delete', 'x'], { folder, isTerminal: true })).stderr).toContain(
      `${ESCAPE}[31merror:`,
    );
  });

  test('is in errors on a terminal while the result goes into a pipe', async () => {
    const { folder } = await siteFolder();
    const node = ['--import', 'data:text/javascript,process.stderr.isTTY = true;'];
    expect((await runProcess(['delete', 'x'], { folder, node })).stderr).toContain(`${ESCAPE}[31merror:`);
  });

  test('is not in a pipe, whatever the environment says', async () => {
    const { folder } = await siteWithPages(1);
    const environment = { FORCE_COLOR: '1', CLICOLOR_FORCE: '1', TERM: 'xterm-256color' };
    const outcomes = [
      await run(['list'], { folder, environment }),
      await run(['delete', '/page-0'], { folder, environment }),
      await run(['delete', 'x'], { folder, environment }),
      await run(['--help'], { folder, environment }),
    ];
    for (const { stdout, stderr } of outcomes) expect(stdout + stderr).not.toContain(ESCAPE);
  });

  test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('is not on a terminal with %o', async (environment) => {
    const { folder } = await siteWithPages(1);
    const listed = await run(['list'], { folder, isTerminal: true, environment });
    expect(listed.stdout).toContain('/page-0');
    const failed = await run(['delete', 'x'], { folder, isTerminal: true, environment });
    expect(failed.stderr).toContain('error:');
    expect(listed.stdout + failed.stderr).not.toContain(ESCAPE);
  });

  test('is on a terminal where NO_COLOR is empty, which says nothing', async () => {
    const { folder } = await siteWithPages(1);
    const outcome = await run(['list'], { folder, isTerminal: true, environment: { NO_COLOR: '' } });
    expect(outcome.stdout).toContain(ESCAPE);
  });

  test('is not in JSON on a terminal', async () => {
    const { folder } = await siteWithPages(1);
    const { stdout } = await run(['list', '--json'], { folder, isTerminal: true });
    expect(JSON.parse(stdout)).toHaveLength(1);
    expect(stdout).not.toContain(ESCAPE);
  });
});

describe('a reader that goes before the end', () => {
  test('ends a list quietly and with success', async () => {
    const { folder } = await siteWithPages(1);
    expect(await runUnread(['list'], folder)).toEqual({ code: 0, stderr: '' });
    expect(await runUnread(['list', '--json'], folder)).toEqual({ code: 0, stderr: '' });
    expect(await runUnread(['--help'], folder)).toEqual({ code: 0, stderr: '' });
  });

  test('does not keep a deletion from being done', async () => {
    const { folder, site } = await siteWithPages(1);
    expect(await runUnread(['delete', '/page-0'], folder)).toEqual({ code: 0, stderr: '' });
    expect((await site.request('/page-0')).cache).toBe('staticgenerator; fwd=uri-miss');
  });
});

/** Closes the reading end before the command can write: the start of a child takes longer than this. */
async function runUnread(words: readonly string[], folder: string) {
  const child = spawn(process.execPath, [binary, ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, stderr };
}

test.runIf(existsSync('/dev/full'))(
  'a result that cannot be written ends with 1 and the reason',
  async () => {
    const { folder } = await siteWithPages(1);
    const child = spawn('sh', ['-c', '"$0" "$1" list > /dev/full', process.execPath, binary], {
      cwd: folder,
    });
    const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(child.exitCode).toBe(1);
    expect(stderr).toContain('ENOSPC');
  },
);

describe('the log', () => {
  test('of ordinary work is not shown', async () => {
    const { folder } = await siteWithPages(1);
    expect((await run(['delete', '/page-0'], { folder })).stderr).toBe('');
  });

  test('is plain lines on standard error with --verbose', async () => {
    const { folder } = await siteWithPages(1);
    const { stdout, stderr } = await run(['delete', '/page-0', '--verbose'], { folder });
    expect(stdout).toBe('/page-0\n1 page deleted\n');
    expect(stderr).toMatch(/^log: pages deleted \(.*pages=1.*\)\n$/);
  });

  test('is lines of JSON with --verbose --json', async () => {
    const { folder } = await siteWithPages(1);
    const { stdout, stderr } = await run(['delete', '/page-0', '--verbose', '--json'], { folder });
    expect(JSON.parse(stdout)).toMatchObject({ count: 1 });
    expect(JSON.parse(stderr)).toMatchObject({ log: { level: 'info', message: 'pages deleted', pages: 1 } });
  });

  test('of trouble is shown as a warning, also where the configuration silences the logger', async () => {
    const { folder, webRoot } = await siteWithoutLedger();
    const { code, stdout, stderr } = await run(['delete', '--all'], { folder });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '0 pages deleted\n' });
    expect(stderr).toMatch(/^warning: pages that are not in the ledger were removed \(pages=1.*\)\n$/);
    expect(existsSync(join(webRoot, 'page-0.page.html'))).toBe(false);
  });
});

/** Makes a site as a restored backup may look: with the marker and pages, but without the ledger. */
async function siteWithoutLedger() {
  const { folder, webRoot } = await siteFolder({ logger: false });
  const site = await startSite(() => undefined, { webRoot });
  await site.pages.close();
  for (const suffix of ['', '-wal', '-shm'])
    await rm(join(webRoot, `.staticgenerator/ledger.sqlite${suffix}`), { force: true });
  await writeFile(join(webRoot, 'page-0.page.html'), 'x');
  return { folder, webRoot };
}

test('what nobody foresaw ends with 1, a stack, and in JSON a code', async () => {
  const { folder } = await siteFolder();
  const node = [
    '--import',
    "data:text/javascript,Object.defineProperty(process, 'stdin', { get() { throw new Error('no stdin') } })",
  ];
  const plain = await runProcess(['delete', '-'], { folder, node });
  expect(plain).toMatchObject({ code: 1, stdout: '' });
  expect(plain.stderr).toMatch(/^error: Error: no stdin\n +at /);
  expect(errorIn(await runProcess(['delete', '-', '--json'], { folder, node }))).toEqual({
    code: 'ERR_UNEXPECTED',
    message: 'no stdin',
  });
});

test('an error shows its stack and its cause with --verbose only', async () => {
  const { folder } = await siteFolder();
  await writeFile(join(folder, 'broken.mjs'), 'null.urls;\n');
  const words = ['list', '--config', 'broken.mjs'];
  expect((await run(words, { folder })).stderr).not.toContain('[cause]');
  expect((await run([...words, '--verbose'], { folder })).stderr).toContain('[cause]: TypeError');
});
