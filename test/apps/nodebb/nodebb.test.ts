import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { binary } from '../../cli/run.js';
import { queryOnce, usePostgres } from '../../helpers/databases/postgres.js';
import { freePort } from '../../helpers/servers/ports.js';
import type { Answer } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { appFolder, type RunningApp, startApp } from '../app.js';
import options from './staticgenerator.config.mjs';

const folder = new URL('.', import.meta.url);
const postgres = usePostgres();
const ADMIN = { username: 'ada', password: 'correct-horse-battery-1', email: 'ada@example.com' };
const PERSON = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
const SPIDER = { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' };

const TARGETS = [
  ...['/', '/categories', '/category/1/announcements', '/category/2/general-discussion', '/topic/1/welcome'],
  ...[
    '/recent',
    '/popular',
    '/top',
    '/tags',
    '/users',
    '/groups',
    '/user/ada',
    '/unread',
    '/login',
    '/register',
  ],
  ...[
    '/search',
    '/sitemap.xml',
    '/robots.txt',
    '/manifest.webmanifest',
    '/ping',
    '/api/categories',
    '/api/config',
  ],
  ...['/category/1.rss', '/recent.rss', '/compose', '/admin', '/nothing'],
];

/** Sets up NodeBB in a new database. Returns a function that writes the configuration of a process for a port. */
async function setUp(): Promise<(port: number) => string> {
  const { host, user, database, port: databasePort } = await postgres.createDatabase();
  const into = await temporaryFolder();
  const access = { host, port: databasePort, username: user, password: '', database, ssl: false };
  const writeConfig = (port: number) => {
    const config = join(into, `${port}.json`);
    const settings = {
      ...{ url: 'http://localhost', port, bind_address: '127.0.0.1', secret: 'secret' },
      ...{ database: 'postgres', postgres: access, 'dep-check': false },
    };
    writeFileSync(config, JSON.stringify(settings));
    return config;
  };
  const { username, password, email } = ADMIN;
  const answers = {
    ...{ 'admin:username': username, 'admin:email': email, 'admin:password': password },
    ...{
      'admin:password:confirm': password,
      url: 'http://localhost',
      secret: 'secret',
      database: 'postgres',
    },
    ...{ 'postgres:host': host, 'postgres:port': databasePort, 'postgres:database': database },
    ...{ 'postgres:username': user, 'postgres:password': '' },
  };
  const words = ['app.js', `--config=${writeConfig(1)}`, '--setup', JSON.stringify(answers)];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: appFolder, encoding: 'utf8' });
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  // Without this setting, NodeBB may answer 503 on a busy machine.
  await queryOnce(
    { host, user, database, port: databasePort },
    `update legacy_hash set data = data || '{"eventLoopCheckEnabled": 0}' where _key = 'config'`,
  );
  return writeConfig;
}

async function start(writeConfig: (port: number) => string, environment: Record<string, string> = {}) {
  const port = await freePort();
  return await startApp({
    folder,
    options,
    port,
    environment: { CONFIG: writeConfig(port), ...environment },
  });
}

/** Returns an answer without what belongs to one visit only: tokens, times, and the numbers of views. */
function withoutVisit({ status, body, headers }: Answer): object {
  const text = body
    .replace(/("(?:csrf_token|csrf|nonce|cache-buster)":)"[^"]*"/g, '$1""')
    .replace(/(name="_csrf" value=|data-csrf=)"[^"]*"/g, '$1""')
    .replace(/"(?:timestamp|timestampISO|lastonline\w*|viewcount|profileviews)":"?[^,"}]*"?/g, '""')
    .replace(/title="[^"]*\d{4}[^"]*"/g, 'title=""')
    .replace(/<(lastBuildDate|pubDate)>[^<]*/g, '<$1>')
    // NodeBB chooses the picture of its "not found" page at random.
    .replace(/fa-4x fa-\w+|"icon":"fa-\w+"/g, 'icon');
  return { status, location: headers.location, type: headers['content-type'], text };
}

type Ask = (target: string) => Promise<Answer>;

async function askForAll(ask: Ask): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>();
  for (const target of TARGETS) answers.set(target, await ask(target));
  return answers;
}

function compare(answers: ReadonlyMap<string, Answer>, plain: ReadonlyMap<string, Answer>): void {
  for (const [target, answer] of answers) {
    const other = plain.get(target);
    if (other === undefined) throw new Error(`Nobody has asked for ${target}`);
    expect.soft([target, withoutVisit(answer)]).toEqual([target, withoutVisit(other)]);
  }
}

/** Returns the counters that the command `stats` shows. */
function countersOf({ webRoot }: RunningApp): Readonly<Record<string, number>> {
  const config = fileURLToPath(new URL('staticgenerator.config.mjs', folder));
  const words = [binary, 'stats', '--config', config, '--json'];
  const environment = { ...process.env, WEB_ROOT: webRoot };
  const { stdout } = spawnSync(process.execPath, words, { encoding: 'utf8', env: environment });
  return JSON.parse(stdout).counters;
}

test('nobody gets what it says to another, and the figures say why', { timeout: 900_000 }, async () => {
  const writeConfig = await setUp();
  const [app, plain] = [await start(writeConfig), await start(writeConfig, { PLAIN: '1' })];
  const asPlain =
    (headers: Record<string, string>): Ask =>
    (target) =>
      plain.requestApp(target, { headers });
  const plainly = { spider: await askForAll(asPlain(SPIDER)), person: await askForAll(asPlain(PERSON)) };
  const as =
    (headers: Record<string, string>): Ask =>
    (target) =>
      app.request(target, { headers });
  const answers: ReadonlyMap<string, Answer>[] = [];
  // Each visitor asks twice, so that the other visitor meets every page that could be stored.
  for (const asks of [as(SPIDER), as(PERSON), as(SPIDER), as(PERSON)]) answers.push(await askForAll(asks));
  for (const [index, answer] of answers.entries())
    compare(answer, index % 2 === 0 ? plainly.spider : plainly.person);
  // The figures show why: each visitor gets a session, and crawlers get a different page.
  await expect
    .poll(() => Object.keys(countersOf(app)))
    .toEqual(expect.arrayContaining(['refused:set-cookie', 'refused:reads-header']));
});
