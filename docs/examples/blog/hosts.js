import { execFile, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { folder } from './folder.js';
import { repository } from './programs.js';
import { startRedis } from './redis.js';

const run = promisify(execFile);
const fileHere = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const CLI = join(repository, 'dist/cli/main.js');

/**
 * @typedef {object} Host
 * @property {number} number
 * @property {string} home its address
 * @property {NodeJS.ProcessEnv} environment
 * @property {import('node:child_process').ChildProcess} child the process of the app
 * @property {number | undefined} nginx the id of its process
 * @property {string} log
 *
 * @typedef {object} Ports
 * @property {number} port
 * @property {number | undefined} nginxPort
 */

/**
 * Starts several hosts on this machine, each a process with its own pages, ledger and nginx, and the Redis that they share.
 * All use one database. Then shows the state of the hosts until Ctrl-C.
 *
 * @param {object} settings
 * @param {string} settings.redis the program
 * @param {number} settings.redisPort
 * @param {readonly Ports[]} settings.ports of each host
 */
export async function startHosts({ redis, redisPort, ports }) {
  const server = await startRedis(redis, redisPort);
  /** @type {Host[]} */
  const hosts = [];
  // One after the other, because the first one fills the database.
  for (const [index, one] of ports.entries()) hosts.push(await startOne(index + 1, one, redisPort));
  const ids = await Promise.all(hosts.map(idOf));
  print(hosts, ids, redisPort);
  const [first] = hosts;
  const table = spawn(process.execPath, wordsFor('hosts', '--watch'), {
    env: first?.environment,
    stdio: 'inherit',
  });

  /** @type {Promise<void> | undefined} */
  let end;
  async function stopOnce() {
    table.kill();
    await Promise.all(hosts.map(stopHost));
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  }
  const stop = () => (end ??= stopOnce());
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/**
 * @param {number} number
 * @param {Ports} ports
 * @param {number} redisPort
 * @returns {Promise<Host>}
 */
async function startOne(number, { port, nginxPort }, redisPort) {
  const place = join(folder, `host-${number}`);
  await mkdir(place, { recursive: true });
  const log = join(place, 'log');
  const environment = {
    ...process.env,
    ...{ BLOG_HOST: String(number), BLOG_REDIS: `redis://127.0.0.1:${redisPort}` },
    ...{ PORT: String(port), NGINX_PORT: nginxPort ? String(nginxPort) : '' },
  };
  const output = openSync(log, 'w');
  const child = fork(fileHere('one-host.js'), { env: environment, stdio: ['ignore', output, output, 'ipc'] });
  const message = await Promise.race([
    once(child, 'message').then(([told]) => /** @type {{ nginx?: number }} */ (told)),
    once(child, 'exit').then(() => undefined),
  ]);
  if (message === undefined) throw new Error(`Host ${number} has not started; ${log} says why`);
  const home = `http://localhost:${nginxPort ?? port}`;
  return { number, home, environment, child, nginx: message.nginx, log };
}

/**
 * Returns the id that the table shows for a host.
 *
 * @param {Host} host
 */
async function idOf({ environment }) {
  const { stdout } = await run(process.execPath, wordsFor('hosts', '--json'), { env: environment });
  return /** @type {{ own: { id: string } }} */ (JSON.parse(stdout)).own.id;
}

/** @param {string[]} words */
function wordsFor(...words) {
  return [CLI, ...words, '--config', fileHere('staticgenerator.config.js')];
}

/** @param {Host} host */
async function stopHost({ child, nginx }) {
  const wasAlive = child.exitCode === null && child.signalCode === null;
  if (wasAlive) {
    const gone = once(child, 'exit');
    child.kill();
    await gone;
  } else if (nginx !== undefined) {
    // The app was killed, but its nginx still runs.
    try {
      process.kill(nginx);
    } catch {
      // nginx has stopped too.
    }
  }
}

/**
 * @param {readonly Host[]} hosts
 * @param {readonly string[]} ids
 * @param {number} redisPort
 */
function print(hosts, ids, redisPort) {
  const [one, two] = [hosts[0]?.home, hosts[1]?.home];
  const rows = hosts.map(
    ({ number, home, child }, index) =>
      `  Host ${number}  ${home}/  is ${ids[index]} below, its app is process ${child.pid}`,
  );
  console.log(`
  ${hosts.length} hosts with pages of their own share one database, and their deletions through Redis on port ${redisPort}.

${rows.join('\n')}

  Write and edit  ${one}/login

  An edit on one host deletes the pages on all. A host whose app is dead, frozen or cut off serves no pages when its term is
  over; try kill -STOP or kill -9. What a host logs is in ${join(folder, 'host-1/log')} and so on.
    curl -s -o /dev/null -D - ${one}/ | grep -i cache-status; sleep 1
    curl -s -o /dev/null -D - ${two}/ | grep -i cache-status
`);
}
