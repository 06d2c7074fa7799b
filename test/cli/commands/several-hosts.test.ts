import { chmod, mkdir, rename, symlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/cli/doctor/finding.js';
import { installedRedis } from '../../helpers/databases/redis.js';
import { SHORT_TERM_SECONDS, useRedisProjects } from '../cluster-project.js';
import { run } from '../run.js';

// What commands other than `hosts` report for a site with several hosts.

async function doctor(folder: string, ...words: readonly string[]) {
  const { code, stdout } = await run(['doctor', ...words, '--json'], { folder });
  const findings = JSON.parse(stdout) as readonly Finding[];
  const about = findings.filter(({ check }) => CHECKS.includes(check));
  for (const { level, remedy } of about) expect(remedy === undefined).toBe(level === 'ok');
  return {
    code,
    levels: Object.fromEntries(about.map(({ check, level }) => [check, level])),
    messages: Object.fromEntries(about.map(({ check, message }) => [check, message])),
  };
}

const CHECKS = ['bus', 'term', 'host id', 'outbox', 'names', 'deletion'];
const ALL_WELL = { bus: 'ok', term: 'ok', 'host id': 'ok', outbox: 'ok', names: 'ok' };

async function jsonOf(folder: string, ...words: readonly string[]) {
  const { code, stdout, stderr } = await run([...words, '--json'], { folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe.skipIf(installedRedis === undefined)('a site with several hosts', () => {
  const { startProject } = useRedisProjects();

  test('doctor, stats and why say that this host serves, and that it does not when it was closed', async () => {
    const { folder, webRoot, start } = await startProject();
    const site = await start(webRoot);
    expect(await doctor(folder)).toMatchObject({ code: 0, levels: ALL_WELL });
    const { host } = await jsonOf(folder, 'stats');
    expect(host).toMatchObject({ outbox: 0, outboxSince: null, received: 0, applied: 0 });
    expect(Date.parse(host.servesUntil)).toBeGreaterThan(Date.now());
    expect((await run(['stats'], { folder })).stdout).toMatch(/^nginx finds pages here until /m);
    const explained = await jsonOf(folder, 'why', '/');
    expect(explained).toMatchObject({ request: { outcome: 'page' }, capture: { outcome: 'page' } });
    expect(explained.term.servesUntil).toMatch(/^\d{4}-/);
    expect((await run(['why', '/'], { folder })).stdout).toMatch(/^served +from the stored page\n/m);

    await site.pages.close();
    expect(await doctor(folder)).toMatchObject({
      code: 0,
      levels: { bus: 'ok', term: 'warning', outbox: 'ok', names: 'ok' },
    });
    expect((await jsonOf(folder, 'stats')).host).toMatchObject({ servesUntil: null });
    expect((await run(['stats'], { folder })).stdout).toMatch(/^nginx finds no pages here$/m);
    expect(await jsonOf(folder, 'why', '/')).toMatchObject({
      request: { outcome: 'no-term' },
      capture: null,
      stored: { path: '/' },
      term: { servesUntil: null },
    });
    const { stdout } = await run(['why', '/'], { folder });
    expect(stdout).toMatch(/^served +by the app, no-term: /m);
    expect(stdout).toMatch(/^term +none: .*`staticgenerator hosts`/m);
    // The outcome of the gate comes first.
    expect((await jsonOf(folder, 'why', '/?a=b')).request.outcome).toBe('query');
  });

  test('doctor says that the bus cannot be reached, and which deletions the others lack', async () => {
    const { folder, webRoot, proxy, start } = await startProject(SHORT_TERM_SECONDS);
    const site = await start(webRoot);
    proxy.isolate();
    const deletion = site.pages.quickDelete('/a').catch((error: { code: string }) => error.code);
    await expect
      .poll(async () => (await doctor(folder)).levels)
      .toEqual({ bus: 'failure', term: 'failure', outbox: 'warning', names: 'ok' });
    const { code, messages } = await doctor(folder);
    expect(code).toBe(1);
    expect(messages).toMatchObject({
      bus: expect.stringMatching(/cannot be reached: \S/),
      outbox: expect.stringMatching(/not yet received 1 deletion of this one, the oldest of /),
    });
    expect(await deletion).toBe('ERR_CLUSTER_UNREACHABLE');
  });

  test('doctor tells all that it has found where its own deletion cannot be told to the others', async () => {
    const { folder, webRoot, proxy, start } = await startProject();
    const { port } = await start(webRoot);
    proxy.isolate();
    const { code, levels, messages } = await doctor(folder, '--url', `http://localhost:${port}`);
    expect(code).toBe(1);
    expect(levels).toMatchObject({ bus: 'failure', names: 'ok', deletion: 'failure' });
    expect(messages.deletion).toMatch(/could not be sent to the other hosts/);
  });

  test('doctor finds out that two report as one host', async () => {
    const { folder, webRoot, start, connect } = await startProject();
    const site = await start(webRoot);
    const { host } = await jsonOf(folder, 'stats');
    await site.pages.close();
    const bus = connect();
    const { epoch, last } = await bus.append(['a', 'b']);
    const tell = (name: string, cursor: number) => bus.tell({ host: host.id, name, epoch, cursor });
    await tell('another', 0);
    expect(await doctor(folder)).toMatchObject({
      levels: { 'host id': 'warning' },
      messages: { 'host id': expect.stringContaining('by the machine another') },
    });
    await tell(hostname(), 0);
    expect((await doctor(folder)).levels).toMatchObject({ 'host id': 'ok' });
    await tell(hostname(), last);
    expect(await doctor(folder)).toMatchObject({
      code: 1,
      levels: { 'host id': 'failure' },
      messages: { 'host id': expect.stringContaining('at entry 2 there, and at 0 here') },
    });
  });

  test('doctor finds out that nginx cannot pass the names, or that they lead elsewhere', async () => {
    const { folder, webRoot, start } = await startProject();
    await start(webRoot);
    const names = join(webRoot, '.term');
    await chmod(names, 0o700);
    expect(await doctor(folder)).toMatchObject({ code: 1, levels: { ...ALL_WELL, names: 'failure' } });
    await chmod(names, 0o755);
    expect((await doctor(folder)).levels).toEqual(ALL_WELL);
    // The app makes missing names, and leaves existing ones alone.
    const foreign = join(webRoot, '..', 'foreign');
    await mkdir(foreign);
    const second = Math.floor(Date.now() / 1000);
    for (let ahead = -1; ahead < 60; ahead += 1)
      await symlink('../..', join(foreign, String(second + ahead)));
    await rename(names, `${names}.aside`);
    await rename(foreign, names);
    await expect.poll(async () => (await doctor(folder)).messages.names).toMatch(/does not lead to WEB_ROOT/);
  });
});
