import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HostsDocument } from '../../../src/cli/hosts/document.js';
import { postgresBus } from '../../../src/cluster/postgres/index.js';
import { redis } from '../../../src/cluster/redis/index.js';
import { installedPostgres, usePostgres } from '../../helpers/databases/postgres.js';
import { installedRedis } from '../../helpers/databases/redis.js';
import { startSite } from '../../helpers/site/site.js';
import { clusterProject, SHORT_TERM_SECONDS, useRedisProjects } from '../cluster-project.js';
import { binary, errorIn, onTerminal, type RunOptions, run, siteFolder } from '../run.js';

/** Each look runs a command, so tests look rarely. */
const SELDOM = { interval: 300 };
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));

test('a site with one host is wrong usage, with the remedy', async () => {
  const { folder } = await siteFolder();
  const outcome = await run(['hosts'], { folder });
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr).toMatch(/has no `cluster`.*redis\(\{ url \}\).*postgresBus\(pool\)/);
  expect(errorIn(await run(['hosts', '--json'], { folder })).code).toBe('ERR_USAGE');
  const { stdout } = await run(['hosts', '--help'], { folder });
  expect(stdout).toContain('$ staticgenerator hosts --watch');
});

async function documentIn(
  options: RunOptions,
): Promise<HostsDocument & { code: number | null; stderr: string }> {
  const { code, stdout, stderr } = await run(['hosts', '--json'], options);
  return { ...(JSON.parse(stdout) as HostsDocument), code, stderr };
}

/** Starts `hosts --watch`, which runs until the test ends it. */
function watch(folder: string, words: readonly string[], node: readonly string[] = []) {
  const child = spawn(process.execPath, [...node, binary, 'hosts', '--watch', ...words], { cwd: folder });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

const statesIn = ({ hosts }: Pick<HostsDocument, 'hosts'>) => hosts.map(({ state }) => state);

describe.skipIf(installedRedis === undefined)('hosts that share Redis', () => {
  const { startProject, forgetAll } = useRedisProjects();

  test('all hosts are shown with term and cursor, this one first, and nothing is changed by looking', async () => {
    const { folder, webRoot, start, connect } = await startProject();
    const empty = await documentIn({ folder });
    expect(empty).toMatchObject({ code: 0, log: null, error: null, hosts: [], own: null });
    expect(existsSync(webRoot)).toBe(false);
    expect(await connect().survey()).toBeUndefined();
    expect((await run(['hosts'], { folder })).stdout).toMatch(/no host has used it yet; start the app/);

    const [here] = await Promise.all([start(webRoot), start()]);
    await here.pages.quickDelete('/a', '/b');
    const shown = await documentIn({ folder });
    expect(shown).toMatchObject({
      code: 0,
      termMilliseconds: 100_000,
      log: { last: 2, settled: true, isCurrent: true },
    });
    expect(shown.hosts).toHaveLength(2);
    for (const [index, host] of shown.hosts.entries()) {
      expect(host).toMatchObject({
        name: hostname(),
        isThis: index === 0,
        state: 'serves',
        behind: 0,
        cursor: 2,
      });
      expect(host.termLeftMilliseconds).toBeGreaterThan(0);
      expect(host.termLeftMilliseconds).toBeLessThanOrEqual(90_000);
    }
    expect(shown.own).toMatchObject({
      id: shown.hosts[0]?.id,
      epoch: shown.log?.epoch,
      applied: 2,
      outbox: 0,
    });
    expect(Date.parse(String(shown.own?.servesUntil))).toBeGreaterThan(Date.now());

    const { stdout } = await run(['hosts'], { folder });
    expect(stdout).toContain(`2 entries, epoch ${shown.log?.epoch}`);
    expect(stdout).toMatch(new RegExp(`^${shown.own?.id} \\(this\\) .*  serves$`, 'm'));
    expect(stdout).toMatch(/^nginx finds pages here until .*\nThe other hosts have received all deletions/m);
  });

  test('a host says why it serves nothing: it was closed, is behind, or knows another epoch', async () => {
    const { folder, webRoot, start, connect } = await startProject();
    const here = await start(webRoot);
    await here.pages.close();
    expect(await documentIn({ folder })).toMatchObject({
      code: 0,
      hosts: [{ state: 'absent', termLeftMilliseconds: 0 }],
    });
    const bus = connect();
    const { epoch } = await bus.append(['a', 'b', 'c']);
    await bus.tell({ host: 'late', name: 'b-late', epoch, cursor: 1 });
    await bus.tell({ host: 'alive', name: 'a-alive', epoch, cursor: 3 });
    const { hosts } = await documentIn({ folder });
    expect(hosts.map(({ id, state, behind }) => [id, state, behind])).toMatchObject([
      [expect.any(String), 'absent', 3],
      ['alive', 'serves', 0],
      ['late', 'catching-up', 2],
    ]);
    await forgetAll();
    await connect().append(['a']);
    expect(statesIn(await documentIn({ folder }))).toEqual(['other-epoch']);
  });

  test('a host that has reported nothing for its term is silent', async () => {
    const { folder, connect } = await startProject(SHORT_TERM_SECONDS);
    const bus = connect();
    const { epoch } = await bus.append(['a']);
    await bus.tell({ host: 'dead', name: 'a', epoch, cursor: 1 });
    await expect.poll(async () => statesIn(await documentIn({ folder })), SELDOM).toEqual(['silent']);
    const [dead] = (await documentIn({ folder })).hosts;
    expect(dead).toMatchObject({ termLeftMilliseconds: 0, isThis: false });
    expect(dead?.silentMilliseconds).toBeGreaterThanOrEqual(2_700);
  });

  test('where the bus cannot be reached, it says so, shows what the ledger knows, and exits with 1', async () => {
    const { folder, webRoot, proxy, start } = await startProject(SHORT_TERM_SECONDS);
    const here = await start(webRoot);
    proxy.isolate();
    const deletion = here.pages.quickDelete('/a').catch((error: { code: string }) => error.code);
    await expect.poll(async () => (await documentIn({ folder })).own?.outbox, SELDOM).toBe(1);
    await expect.poll(async () => statesIn(await documentIn({ folder })), SELDOM).toEqual(['no-term']);
    const shown = await documentIn({ folder });
    expect(shown).toMatchObject({ code: 1, log: null, own: { outbox: 1, servesUntil: null } });
    expect(shown.error?.message).not.toBe('');
    expect(Date.parse(String(shown.own?.outboxSince))).toBeLessThanOrEqual(Date.now());
    expect(errorIn({ ...shown, stdout: '' })).toMatchObject({ code: 'ERR_CLUSTER_UNREACHABLE' });
    const { code, stdout, stderr } = await run(['hosts'], { folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot be reached: \S/);
    expect(stdout).toMatch(/The other hosts have not yet received 1 deletion of this one, the oldest of /);
    expect(stdout).toMatch(/ no-term\n\n\w{16} serves no pages, because its term has ended/);
    expect(await deletion).toBe('ERR_CLUSTER_UNREACHABLE');
    proxy.heal();
    await expect.poll(async () => (await documentIn({ folder })).own?.outbox, SELDOM).toBe(0);
  });

  test('hosts with another term are told of', async () => {
    const { folder, settings } = await startProject();
    const other = redis({ ...settings, termSeconds: 9 }).connect();
    onTestFinished(() => other.close());
    const { epoch } = await other.append(['a']);
    await other.tell({ host: 'one', name: '', epoch, cursor: 1 });
    const shown = await documentIn({ folder });
    expect(shown).toMatchObject({ code: 1, error: { code: 'ERR_CLUSTER_UNREACHABLE' } });
    expect(shown.error?.message).toMatch(/term of 9 s/);
  });

  test('--watch --json prints a document a line, goes on without the bus, and SIGINT ends it with 0', async () => {
    const { folder, webRoot, proxy, start } = await startProject(SHORT_TERM_SECONDS);
    const child = watch(folder, ['--json']);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const until = async (isMeant: (shown: HostsDocument) => boolean) => {
      for (;;) {
        const shown = JSON.parse((await lines.next()).value) as HostsDocument;
        if (isMeant(shown)) return shown;
      }
    };
    await until(({ own, error }) => own === null && error === null);
    const here = await start(webRoot);
    await until((shown) => statesIn(shown).join() === 'serves');
    proxy.isolate();
    await until(({ error, hosts }) => error !== null && hosts[0]?.state === 'cut-off');
    await until((shown) => statesIn(shown).join() === 'no-term');
    proxy.heal();
    await until((shown) => statesIn(shown).join() === 'serves');
    await here.pages.close();
    await until((shown) => statesIn(shown).join() === 'absent');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('--watch ends with 0 when nobody reads what it prints', async () => {
    const { folder } = await startProject();
    const child = watch(folder, ['--json']);
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('SIGINT ends --watch while the bus does not answer', async () => {
    const { folder, proxy } = await startProject();
    const child = watch(folder, ['--json']);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await lines.next();
    proxy.freeze();
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('--watch writes over what it has shown on a terminal, and in a pipe only what is another', async () => {
    const { folder, webRoot, start } = await startProject();
    const here = await start(webRoot);
    const watching = (node: readonly string[]) => {
      const child = watch(folder, [], node);
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
      });
      return { child, said: () => said };
    };
    const [terminal, pipe] = [watching(onTerminal), watching([])];
    const frames = () => terminal.said().split('\u001b[J');
    await expect.poll(() => frames().length).toBeGreaterThan(2);
    const [first = '', second = ''] = frames();
    // The cursor moves up as many lines as the first look printed.
    expect(first.endsWith(`\u001b[${first.split('\n').length - 1}A`)).toBe(true);
    expect(second).toMatch(/ serves$/m);
    await expect.poll(() => pipe.said()).toMatch(/ serves$/m);
    await here.pages.close();
    await expect.poll(() => pipe.said()).toMatch(/^\w{16} is not in the register/m);
    expect(pipe.said().match(/ serves$/gm)).toHaveLength(1);
    for (const { child } of [terminal, pipe]) {
      child.kill('SIGINT');
      expect(await once(child, 'exit')).toEqual([0, null]);
    }
  });
});

describe.skipIf(installedPostgres === undefined)('hosts that share PostgreSQL', () => {
  const database = usePostgres();

  test('are shown alike', async () => {
    const address = await database.createDatabase();
    const { folder, webRoot } = await clusterProject(
      `import pg from 'pg';
       import { postgresBus } from 'staticgenerator/postgres';
       const cluster = postgresBus(new pg.Pool(${JSON.stringify(address)}), { termSeconds: ${SHORT_TERM_SECONDS} });`,
    );
    await symlink(join(modules, 'pg'), join(folder, 'node_modules/pg'));
    expect(await documentIn({ folder })).toMatchObject({ code: 0, log: null, hosts: [] });
    const pool = new pg.Pool(address);
    onTestFinished(() => pool.end());
    const site = await startSite((app) => app.use((_request, response) => response.send('page')), {
      webRoot,
      cluster: postgresBus(pool, { termSeconds: SHORT_TERM_SECONDS }),
    });
    await expect.poll(async () => statesIn(await documentIn({ folder })), SELDOM).toEqual(['serves']);
    await site.pages.quickDelete('/a');
    const shown = await documentIn({ folder });
    expect(shown).toMatchObject({
      code: 0,
      log: { last: 1, isCurrent: true },
      own: { applied: 1, outbox: 0 },
    });
  });
});
