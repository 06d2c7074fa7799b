/**
 * Makes a fresh clone ready for `npm start` and `npm test`: the node modules, the native part of better-sqlite3, nginx
 * and, for the tests, a browser. It needs only Node and npm. It says what it is about to do, and prints nothing if
 * everything is there.
 */
import { provideChromium } from './prepare/chromium.mjs';
import { provideDjango } from './prepare/django.mjs';
import { isMac } from './prepare/machine.mjs';
import { provideMariadb } from './prepare/mariadb.mjs';
import { giveUp, isAllRequired, say } from './prepare/messages.mjs';
import { checkNode, installModules } from './prepare/modules.mjs';
import { provideNginx } from './prepare/nginx.mjs';
import { provideNodeWithSqlite } from './prepare/node.mjs';
import { providePostgres } from './prepare/postgres.mjs';
import { requirePrisma } from './prepare/prisma.mjs';
import { apache, caddy, pgbouncer, prometheus, provideProgram, varnish, wrk } from './prepare/program.mjs';
import { provideRedis } from './prepare/redis.mjs';
import { buildSqlite } from './prepare/sqlite.mjs';

const HELP = `Usage: node .dev/prepare.mjs start|hosts|test|bench

Prepares this folder for npm start, its --hosts, npm test or npm run bench. If you run it again, it does only what is missing.

  modules  npm ci, when node_modules does not hold what package-lock.json says
  sqlite   npm rebuild better-sqlite3, when it does not load; if there is no prebuilt binary, it is compiled, and
           on Debian a missing compiler is installed with apt-get if that needs no password
  nginx    the one on this machine; otherwise, on Debian and Ubuntu, the distribution's packages are unpacked into
           node_modules/.cache (nothing is installed, no service is started); on macOS, for test, brew install nginx
  servers  for test: the Apache and the Caddy of this machine; otherwise as for nginx (about 15 MB to fetch)
  browser  for test: the Chromium or Chrome on this machine, the one without windows first; otherwise, on Debian, the distribution's, unpacked like nginx
  load     for bench: wrk, which is required, and Django with WhiteNoise, which is compared if it can be installed; as for
           nginx
  varnish  for test and bench: the Varnish of this machine; otherwise as for nginx (about 1.5 MB to fetch)
  postgres for test and bench: the programs of a PostgreSQL on this machine; otherwise as for nginx. Tests start their own server
  pooler   for test: the PgBouncer of this machine; otherwise as for nginx (about 0.5 MB to fetch)
  mariadb  for test: the mariadbd of this machine; otherwise as for nginx. Tests start their own server
  redis    for test, hosts and bench: the redis-server, or valkey-server, of this machine; otherwise as for nginx. Tests start their own server
  node     for test: if this Node has no SQLite of its own, Node 24 from the registry (about 30 MB to fetch)
  metrics  for test: the Prometheus of this machine; otherwise as for nginx (about 20 MB to fetch)
  prisma   for test: npm ci of test/fixtures/prisma, and its clients, into node_modules/.cache (about 330 MB)

nginx is required for test, but not for start. Without a browser, Apache, Caddy, PostgreSQL, PgBouncer, MariaDB, Redis, Varnish, Prometheus or a Node with SQLite
their tests are skipped; with CI=true, all of them are required. The paths found are written to node_modules/.cache/staticgenerator:
  nginx.json       { "nginx": path, "brotliModule": path or null }
  apache2.json     { "apache2": path }
  caddy.json       { "caddy": path }
  chromium.json    { "chromium": path }
  postgres.json    { "programs": folder with initdb, postgres and psql }
  pgbouncer.json   { "pgbouncer": path }
  mariadb.json     { "mariadbd": path, "share": folder with the SQL of its system tables }
  redis.json       { "redis": path }
  wrk.json         { "wrk": path }
  varnish.json     { "varnish": path }
  prometheus.json  { "prometheus": path }
  node-with-sqlite.json { "node": path }
  django.json      { "python": path of a Python that has Django }`;

const purpose = process.argv[2];
if (purpose === '--help' || purpose === '-h') console.log(HELP);
else if (purpose === 'hosts') requireRedis();
else if (['start', 'test', 'bench'].includes(purpose)) prepare();
else {
  console.error(HELP);
  process.exitCode = 2;
}

function prepare() {
  checkNode();
  installModules();
  buildSqlite();
  requireNginx();
  if (purpose === 'test') {
    requireServer('Apache', apache, { mac: 'httpd', debian: 'apache2' });
    requireServer('Caddy', caddy, { mac: 'caddy', debian: 'caddy' });
    requireChromium();
    requirePostgres();
    requireServer('PgBouncer', pgbouncer, { mac: 'pgbouncer', debian: 'pgbouncer' });
    requireMariadb();
    requireRedis();
    requireServer('Varnish', varnish, { mac: 'varnish', debian: 'varnish' });
    requireServer('Prometheus', prometheus, { mac: 'prometheus', debian: 'prometheus' });
    requirePrisma();
    requireNodeWithSqlite();
  }
  if (purpose === 'bench') {
    if (!provideProgram(wrk))
      giveUp('the benchmarks need wrk, and none was found; install it, then run this again');
    provideProgram(varnish);
    provideDjango();
    provideBuses();
  }
}

function requireNginx() {
  if (provideNginx({ mayInstall: purpose === 'test' })) return;
  const remedy = isMac ? 'brew install nginx' : 'install nginx (on Debian: apt-get install nginx)';
  if (purpose !== 'start') giveUp(`the tests need nginx, and none was found; ${remedy}, then run this again`);
  say(`no nginx, so Node will serve the stored pages too; to see nginx serve them: ${remedy}`);
}

function requireChromium() {
  if (provideChromium()) return;
  const remedy = isMac ? 'brew install --cask chromium' : 'install Chromium or Chrome';
  if (isAllRequired) giveUp(`the tests need a browser, and none was found; ${remedy}`);
  say(`no Chromium or Chrome was found, so the tests in a browser are skipped; to have them run: ${remedy}`);
}

function requireServer(name, program, packages) {
  requireOptional(name, () => provideProgram(program), packages);
}

function requirePostgres() {
  requireOptional('PostgreSQL', providePostgres, { mac: 'postgresql@17', debian: 'postgresql' });
}

function requireMariadb() {
  requireOptional('MariaDB', provideMariadb, { mac: 'mariadb', debian: 'mariadb-server' });
}

function requireRedis() {
  requireOptional('Redis', provideRedis, { mac: 'redis', debian: 'redis-server' });
}

/** Provides Redis and PostgreSQL: the benchmark of several hosts measures each bus that is available. */
function provideBuses() {
  const found = [provideRedis(), providePostgres()];
  if (found.includes(true)) return;
  say('neither Redis nor PostgreSQL was found, and the benchmark of several hosts needs one of them');
}

function requireNodeWithSqlite() {
  if (provideNodeWithSqlite()) return;
  const remedy = 'run this again with a connection to the registry, or with Node 24';
  if (isAllRequired) giveUp(`the tests need a Node with node:sqlite, and none could be fetched; ${remedy}`);
  say(
    `no Node with node:sqlite could be fetched, so the tests with it are skipped; to have them run: ${remedy}`,
  );
}

function requireOptional(name, provide, { mac, debian }) {
  if (provide()) return;
  const remedy = isMac ? `brew install ${mac}` : `install ${name} (on Debian: apt-get install ${debian})`;
  if (isAllRequired) giveUp(`the tests need ${name}, and none was found; ${remedy}`);
  say(`no ${name} was found, so the tests with it are skipped; to have them run: ${remedy}`);
}
