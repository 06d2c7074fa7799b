import { chmod } from 'node:fs/promises';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Finding } from '../../../src/cli/doctor/finding.js';
import { resolveConfig } from '../../../src/config.js';
import { generateNginx } from '../../../src/front/nginx/generate.js';
import { postgresTriggers, trackPgPool } from '../../../src/track/postgres/index.js';
import { trackSqlite } from '../../../src/track/sqlite/index.js';
import { generators, servers } from '../../front/setup/server-front.js';
import { installedPostgres, queryOnce, usePostgres } from '../../helpers/databases/postgres.js';
import { startNginx } from '../../helpers/servers/nginx.js';
import { freePort } from '../../helpers/servers/ports.js';
import { type OtherServer, startServer } from '../../helpers/servers/web-server.js';
import { startSite } from '../../helpers/site/site.js';
import { freeUdpPort, listenTo } from '../../operate/hits/counted-site.js';
import { errorIn, run, siteFolder } from '../run.js';

interface Front {
  /** The server. Default: nginx. */
  readonly server?: OtherServer;
  /** Changes the configuration before nginx gets it. */
  readonly edit?: (text: string) => string;
  /** Options of the server's configuration that differ from those of the site, as if it were outdated. */
  readonly outdated?: object;
  /** Options of the site, its configuration file, and the server's configuration. */
  readonly options?: { readonly hosts?: readonly string[] };
}

/** Starts a site with a stored page behind a real server, and runs the doctor. */
async function examine({ server, edit = (text) => text, outdated = {}, options = {} }: Front = {}) {
  const { folder, webRoot } = await siteFolder(options);
  await chmod(folder, 0o755);
  const site = await startSite((app) => app.use((_request, response) => response.send('x'.repeat(2000))), {
    webRoot,
    ...options,
  });
  const port = await freePort();
  const config = resolveConfig({ webRoot, urls: ['^/'], logger: false, ...options, ...outdated });
  const addresses = {
    listen: [`127.0.0.1:${port}`],
    upstreams: [`127.0.0.1:${site.port}`],
    serverNames: options.hosts ?? ['localhost'],
  };
  const running =
    server === undefined
      ? await startNginx(edit(generateNginx(config, { form: 'whole', ...addresses })))
      : await startServer(server, edit(generators[server](config, addresses)));
  onTestFinished(() => running.stop());
  if (options.hosts === undefined) expect((await site.visit('/page')).outcome).toBe('stored');
  return await doctor(folder, '--url', `http://localhost:${port}`);
}

async function doctor(folder: string, ...words: string[]) {
  const outcome = await run(['doctor', ...words, '--json'], { folder });
  const findings: readonly Finding[] = outcome.stdout === '' ? [] : JSON.parse(outcome.stdout);
  const levels = Object.fromEntries(findings.map(({ check, level }) => [check, level]));
  return { ...outcome, findings, levels };
}

const allWell = {
  ...{
    permissions: 'ok',
    case: 'ok',
    contradictions: 'ok',
    inputs: 'ok',
    echoes: 'ok',
    cookies: 'ok',
    database: 'ok',
    reachable: 'ok',
    configuration: 'ok',
    hit: 'ok',
    server: 'ok',
  },
  ...{ bypass: 'ok', host: 'ok', deletion: 'ok' },
};

test('a site that behaves has no complaint, and exit code 0', async () => {
  const { code, levels } = await examine();
  expect(levels).toEqual(allWell);
  expect(code).toBe(0);
});

describe('a page that is chosen by more than its URL is requested as its visitors do:', () => {
  /** Runs the doctor on a site with one page, which is stored in the variant that `headers` choose. */
  async function examineVariant(options: object, headers: Record<string, string>) {
    const { folder, webRoot } = await siteFolder(options);
    await chmod(folder, 0o755);
    const site = await startSite(
      (app, pages) => app.get('/', (_request, response) => void response.send(pages.variant('language'))),
      { webRoot, ...options },
    );
    const port = await freePort();
    const config = resolveConfig({ webRoot, logger: false, urls: [], ...options });
    const nginx = await startNginx(
      generateNginx(config, {
        form: 'whole',
        listen: [`127.0.0.1:${port}`],
        upstreams: [`127.0.0.1:${site.port}`],
        serverNames: ['localhost'],
      }),
    );
    onTestFinished(() => nginx.stop());
    expect((await site.visit('/', { headers })).outcome).toBe('stored');
    return await doctor(folder, '--url', `http://localhost:${port}`);
  }

  test.each<[string, object, object, Record<string, string>]>([
    ['by a header', { header: 'Accept-Language' }, {}, { 'accept-language': 'de' }],
    ['by a cookie', { cookie: 'chosen' }, {}, { cookie: 'chosen=de' }],
    ['for nobody', { header: 'Accept-Language' }, { as: 'nobody' }, { 'accept-language': 'de' }],
  ])('%s', async (_name, by, rule, headers) => {
    const variants = { language: { ...by, values: ['en', 'de'] } };
    const urls = [{ match: '^/$', variants: ['language'], ...rule }];
    const { code, levels, findings } = await examineVariant({ variants, urls }, headers);
    expect(levels).toEqual(allWell);
    expect(findings.find(({ check }) => check === 'hit')?.message).toContain('/>language=de');
    expect(code).toBe(0);
  });
});

describe('with countHits, who listens at the UDP port is told:', () => {
  const look = async (port: number) => {
    const { folder, webRoot } = await siteFolder({ countHits: { port } });
    const start = (options: object) =>
      startSite((app) => app.use((_request, response) => void response.send('x')), { webRoot, ...options });
    const find = async () => (await doctor(folder)).findings.find(({ check }) => check === 'hits');
    return { start, find };
  };

  test('the app', async () => {
    const port = await freeUdpPort();
    const { start, find } = await look(port);
    await start({ urls: ['^/'], countHits: { port } });
    expect(await find()).toMatchObject({ level: 'ok', message: expect.stringContaining(`UDP port ${port}`) });
  });

  test('an app of another sample', async () => {
    const port = await freeUdpPort();
    const { start, find } = await look(port);
    await start({ urls: ['^/'], countHits: { port, oneIn: 1 } });
    expect(await find()).toMatchObject({
      level: 'warning',
      message: expect.stringContaining('has other options than this configuration'),
    });
  });

  test('nobody, where the app has another port', async () => {
    const port = await freeUdpPort();
    const { start, find } = await look(port);
    await start({ urls: ['^/'], countHits: { port: await freeUdpPort() } });
    expect(await find()).toMatchObject({
      level: 'warning',
      message: `nothing listens on UDP port ${port}, so the hits that nginx reports are lost`,
      remedy: expect.stringContaining(`countHits: { port: ${port} }`),
    });
  });

  test('another program, which does not answer', async () => {
    const port = await freeUdpPort();
    const { start, find } = await look(port);
    await start({ urls: ['^/'] });
    const heard = await listenTo(port);
    expect(await find()).toMatchObject({
      level: 'warning',
      message: expect.stringMatching(/^another program/),
    });
    expect(heard).toHaveLength(1);
  });
});

describe.each(servers)('behind %s', (server) => {
  test('a site that behaves has no complaint', async () => {
    const { levels, findings } = await examine({ server });
    expect(levels).toEqual(allWell);
    expect(JSON.stringify(findings)).not.toContain('nginx');
  });

  test('a configuration of other options is to be printed for that server', async () => {
    const { findings } = await examine({ server, outdated: { headers: { 'X-Frame-Options': 'DENY' } } });
    const found = findings.find(({ check }) => check === 'configuration');
    expect(found).toMatchObject({
      level: 'failure',
      message: 'the configuration of the server in front was generated with other options',
      remedy: expect.stringMatching(/`staticgenerator nginx` \(`apache`, `caddy`\).* reload the server/),
    });
  });
});

test.each<[string, Front, object]>([
  [
    'of other options',
    { outdated: { headers: { 'X-Frame-Options': 'DENY' } } },
    { configuration: 'failure' },
  ],
  [
    'with a file cache that trusts itself',
    { edit: (text) => text.replace(/open_file_cache_valid 0;/, 'open_file_cache_valid 60s;') },
    { deletion: 'failure' },
  ],
  [
    'without the gate',
    {
      edit: (text) =>
        text.replace(
          /map "\$request_method[^{]*\$staticgenerator_target \{[^}]*\}/,
          'map $request_uri $staticgenerator_target { default $request_uri; }',
        ),
    },
    { bypass: 'failure', host: 'failure' },
  ],
  [
    'that vouches for every host',
    { edit: (text) => text.replace('default foreign;', 'default "";') },
    { ...allWell, host: 'failure' },
  ],
  [
    'with another charset',
    { edit: (text) => text.replace('text/html; charset=utf-8', 'text/html; charset=latin1') },
    { hit: 'failure' },
  ],
  [
    'that never looks for pages',
    { edit: (text) => text.replace(/try_files \S+ \S+/, 'try_files /nothing') },
    { server: 'failure' },
  ],
])('an nginx %s is found out, with a remedy', async (_name, front, expected) => {
  const { code, levels, findings, stderr } = await examine(front);
  expect(levels).toMatchObject(expected);
  for (const { level, remedy } of findings) expect(remedy === undefined).toBe(level === 'ok');
  expect(code).toBe(1);
  expect(errorIn({ code, stdout: '', stderr }).code).toBe('ERR_UNHEALTHY');
});

test.each([
  [[], 'add --server-name localhost when you generate the configuration'],
  [
    ['a.example', 'b.example'],
    'give --url one of `hosts` (a.example, b.example), or add localhost to `hosts` and generate the configuration again',
  ],
])('a name that nginx does not know is to be one of the site, where that has %j', async (hosts, remedy) => {
  const edit = (text: string) => text.replaceAll(/ localhost(:\d+)? "";/g, ' nobody$1 "";');
  const { findings } = await examine(hosts.length === 0 ? { edit } : { options: { hosts } });
  expect(findings).toContainEqual({
    check: 'configuration',
    level: 'failure',
    message: expect.stringMatching(/does not know localhost:\d+ as a host of this site/),
    remedy,
  });
});

test('Node without nginx is found out', async () => {
  const { folder, webRoot } = await siteFolder();
  const site = await startSite((app) => app.use((_request, response) => response.send('page')), { webRoot });
  await site.visit('/page');
  const { levels } = await doctor(folder, '--url', `http://localhost:${site.port}`);
  expect(levels).toMatchObject({ configuration: 'failure', server: 'failure', hit: 'ok' });
});

test('a server that is not there, and a site that was never started, are failures with a remedy', async () => {
  const { folder, webRoot } = await siteFolder();
  expect((await doctor(folder)).levels).toEqual({ 'web root': 'failure' });
  const site = await startSite((app) => app.use((_request, response) => response.send('page')), { webRoot });
  await site.pages.close();
  const { levels, code } = await doctor(folder, '--url', `http://localhost:${await freePort()}`);
  expect(levels).toMatchObject({ reachable: 'failure' });
  expect(code).toBe(1);
});

test('a folder that keeps other users out is a warning, which is no failure', async () => {
  const { folder, webRoot } = await siteFolder();
  const site = await startSite((app) => app.use((_request, response) => response.send('page')), { webRoot });
  await site.pages.close();
  await chmod(dirname(webRoot), 0o700);
  const { levels, code } = await doctor(folder);
  expect(levels).toEqual({
    ...{ permissions: 'warning', case: 'ok' },
    ...{ contradictions: 'ok', inputs: 'ok', echoes: 'ok', cookies: 'ok', database: 'ok' },
  });
  expect(code).toBe(0);
});

test('an address that is none is wrong usage', async () => {
  const { folder } = await siteFolder();
  expect((await doctor(folder, '--url', 'localhost')).code).toBe(2);
});

test('for people each check is a line, and its remedy another', async () => {
  const { folder } = await siteFolder();
  const { stdout, code } = await run(['doctor'], { folder });
  expect(stdout).toMatch(/^failure {2}web root +WEB_ROOT .* does not exist yet\n +-> start the app once/m);
  expect(code).toBe(1);
});

test('what an adapter cannot see in the database of the site is told, with what to do', async () => {
  const { folder, webRoot } = await siteFolder();
  const database = new Database(':memory:');
  database.exec('create table visits (at text); create table posts (id integer primary key)');
  const site = await startSite(
    (app, pages) => {
      trackSqlite(database, pages);
      app.use((_request, response) =>
        response.send(JSON.stringify(database.prepare('select * from posts').all())),
      );
    },
    { webRoot },
  );
  await site.visit('/page');
  await site.pages.close();
  const { code, findings } = await doctor(folder);
  expect(code).toBe(0);
  expect(findings.filter(({ check }) => check === 'database')).toEqual([
    {
      check: 'database',
      level: 'warning',
      message: expect.stringMatching(
        /^:memory: \(SQLite\) has tables without a primary key, which are followed as a whole: visits; as of 20/,
      ),
      remedy: 'give a primary key to the tables that pages read',
    },
  ]);
});

describe.skipIf(installedPostgres === undefined)('with PostgreSQL', () => {
  const server = usePostgres();

  test('functions that write are told, until triggers of ours tell of what they write', async () => {
    const address = await server.createDatabase();
    await queryOnce(address, 'create table posts (id integer primary key, title text)');
    await queryOnce(
      address,
      "create function publish() returns void language sql as $$ update posts set title = 'x' $$",
    );
    const { folder, webRoot } = await siteFolder();
    const examined = async () => {
      const pool = new pg.Pool({ ...address, max: 1 });
      const site = await startSite(
        (app, pages) => {
          trackPgPool(pool, pages);
          app.use(async (_request, response) =>
            response.send((await pool.query('select * from posts')).rows),
          );
        },
        { webRoot },
      );
      await site.visit(`/${Math.random()}`);
      await site.pages.close();
      await pool.end();
      const { findings } = await doctor(folder);
      return findings
        .filter(({ check }) => check === 'database')
        .map(({ level, message }) => `${level} ${message}`);
    };
    expect(await examined()).toEqual([
      expect.stringMatching(/^warning .*a SELECT does not reveal: publish \(writes posts\); as of/),
    ]);
    await queryOnce(address, postgresTriggers(['posts']).up);
    expect(await examined()).toEqual([expect.stringMatching(/^ok .*nothing that an adapter cannot see/)]);
  });
});
