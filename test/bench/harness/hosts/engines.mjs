// Starts servers of Redis and PostgreSQL on the loopback address, each in its own folder and on the server's core.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { createClient } from 'redis';
import { freePort } from '../processes/ports.mjs';
import { pinned, SERVER_CORE, toolOf } from '../processes/tools.mjs';

const READY = 'eady to accept connections';
const KEPT_OF_LOG = 10_000;
const SUPERUSER = 'postgres';
/** PostgreSQL refuses to run as root. Root can switch to any user, such as this one: `nobody` on Debian. */
const UNPRIVILEGED = 65_534;
/**
 * Enough connections for 100 hosts with two each. A commit is on the disk before it is acknowledged, as is the default.
 */
const POSTGRES_SETTINGS = ['max_connections=300', 'listen_addresses=127.0.0.1'];

/**
 * Starts each engine that this machine has. Its `settings` are for `clusterOf`. `commands` resolves to the number of
 * commands that it has carried out: scripts of Redis, transactions of PostgreSQL.
 */
export async function startEngines(folder, keep) {
  const engines = [];
  const redis = toolOf('redis');
  if (redis !== undefined) engines.push(keep(await startRedis(redis.redis, join(folder, 'redis'))));
  const postgres = toolOf('postgres');
  if (postgres !== undefined)
    engines.push(keep(await startPostgres(postgres.programs, join(folder, 'postgres'))));
  if (engines.length > 0) return engines;
  throw new Error('There is neither Redis nor PostgreSQL; run node .dev/prepare.mjs bench');
}

async function startRedis(program, folder) {
  mkdirSync(folder);
  const port = await freePort();
  const words = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder];
  const server = await launch([program, ...words, '--save', '', '--appendonly', 'no']);
  const address = `redis://127.0.0.1:${port}`;
  const client = createClient({ url: address });
  await client.connect();
  return {
    ...{ name: 'Redis', pid: server.pid, settings: { kind: 'redis', address } },
    commands: async () =>
      Number(/cmdstat_eval:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0),
    async stop() {
      client.destroy();
      await server.stop('SIGKILL');
    },
  };
}

async function startPostgres(programs, folder) {
  mkdirSync(folder, { mode: 0o700 });
  if (isRoot()) chownSync(folder, UNPRIVILEGED, UNPRIVILEGED);
  const port = await freePort();
  initialize(programs, folder);
  const settings = [...POSTGRES_SETTINGS, `port=${port}`, `unix_socket_directories=${folder}`];
  const server = await launch(
    [join(programs, 'postgres'), '-D', join(folder, 'data'), ...settings.flatMap((one) => ['-c', one])],
    asAnybody(),
  );
  const address = { host: '127.0.0.1', port, user: SUPERUSER, database: 'postgres' };
  const client = new pg.Client(address);
  await client.connect();
  const counted = 'select xact_commit from pg_stat_database where datname = current_database()';
  return {
    ...{ name: 'PostgreSQL', pid: server.pid, settings: { kind: 'postgres', address } },
    commands: async () => Number((await client.query(counted)).rows[0].xact_commit),
    async stop() {
      await client.end();
      // An immediate shutdown: the data is not needed.
      await server.stop('SIGQUIT');
    },
  };
}

function initialize(programs, folder) {
  const words = ['-D', join(folder, 'data'), '-A', 'trust', '-U', SUPERUSER, '--locale=C', '-E', 'UTF8'];
  const { status, stderr } = spawnSync(join(programs, 'initdb'), words, {
    ...{ ...asAnybody(), cwd: folder, encoding: 'utf8' },
  });
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
}

/** Resolves when the server has reported that it is ready. The server stops when this process exits. */
async function launch(command, options = {}) {
  const [program, ...words] = pinned(SERVER_CORE, command);
  const child = spawn(program, words, { ...options, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGQUIT');
  process.once('exit', kill);
  const exited = once(child, 'exit');
  await readiness(child);
  return {
    pid: child.pid,
    async stop(signal) {
      child.kill(signal);
      await exited;
      process.off('exit', kill);
    },
  };
}

/**
 * One engine logs to standard output, the other to standard error. Reads both to the end, because a server that cannot
 * write its log may stall.
 */
function readiness(child) {
  let said = '';
  return new Promise((resolve, reject) => {
    const onData = (chunk) => {
      said = (said + String(chunk)).slice(-KEPT_OF_LOG);
      if (said.includes(READY)) resolve();
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${child.spawnargs.join(' ')} did not start: ${said}`)));
  });
}

function asAnybody() {
  return isRoot() ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
}

function isRoot() {
  return process.getuid?.() === 0;
}
