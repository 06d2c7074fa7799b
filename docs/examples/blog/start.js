import { parseArgs } from 'node:util';
import { startHost } from './host.js';
import { startHosts } from './hosts.js';
import { isListening } from './listening.js';
import { findNginx } from './nginx.js';
import { findRedis } from './redis.js';

const HELP = `Usage: npm start -- [options]

Starts a blog whose pages are files, with nginx in front if it is installed. Ctrl-C stops both.

  --hosts <n>      start n hosts that share their deletions, each with its own pages and nginx, and a Redis; show their state
  --posts <n>      add n generated posts to the documentation
  --no-nginx       let Node serve the pages, even if nginx is installed
  --help           show this

Environment:
  PORT             the port of the app (default: 3000); more hosts use the next ports
  NGINX_PORT       the port of nginx (default: 8080); more hosts use the next ports
  REDIS_PORT       the port of the Redis for several hosts (default: 6390)
  BLOG_FOLDER      the folder of the database and the pages (default: var in the folder of the example)
  BLOG_POSTS       the same as --posts
  BLOG_URL         the address of the site, for feed and sitemap (default: the address that is printed)`;

const PORTS = { from: 1, to: 65_535 };

const ARGUMENTS = /** @type {const} */ ({
  posts: { type: 'string' },
  hosts: { type: 'string' },
  'no-nginx': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
});

/** A problem that the user can fix. It is shown without a stack. */
class UsageError extends Error {}

try {
  await start();
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exit(1);
}

async function start() {
  const settings = readSettings();
  if (settings.help) return console.log(HELP);
  const program = settings.withNginx ? findNginx() : undefined;
  const ports = await freePorts(settings, program !== undefined);
  const [{ port: appPort, nginxPort }] = ports;
  const home = `http://localhost:${nginxPort ?? appPort}`;
  Object.assign(process.env, { BLOG_POSTS: String(settings.posts), BLOG_URL: process.env.BLOG_URL || home });
  if (ports.length > 1) return await startSeveral(ports, settings.redisPort);

  await startHost({ program, appPort, nginxPort: nginxPort ?? 0 });
  const division = program
    ? `nginx serves the pages, and the app on port ${appPort} renders them.`
    : 'There is no nginx in front, so Node serves the pages too.';
  console.log(`
  ${division}

  The site        ${home}/
  Write and edit  ${home}/login
  The dashboard   ${home}/admin/pages (sign in first)

  The first request stores the page, the second one finds it. After an edit, the next request renders it again:
    curl -s -o /dev/null -D - ${home}/ | grep -i cache-status; sleep 1
    curl -s -o /dev/null -D - ${home}/ | grep -i cache-status
`);
}

/**
 * @param {readonly import('./hosts.js').Ports[]} ports
 * @param {number} redisPort
 */
async function startSeveral(ports, redisPort) {
  await checkPort(redisPort, 'REDIS_PORT');
  const redis = await findRedis();
  if (redis === undefined)
    throw new UsageError(
      '--hosts needs a Redis or Valkey. Install one (on Debian: apt-get install redis-server).',
    );
  await startHosts({ redis, redisPort, ports });
}

/**
 * Returns the ports of each host. Throws if one is in use.
 *
 * @param {ReturnType<typeof readSettings>} settings
 * @param {boolean} hasNginx
 * @returns {Promise<[import('./hosts.js').Ports, ...import('./hosts.js').Ports[]]>}
 */
async function freePorts({ hosts, appPort, nginxPort }, hasNginx) {
  const [first, ...others] = Array.from({ length: hosts }, (_, index) => ({
    port: appPort + index,
    nginxPort: hasNginx ? nginxPort + index : undefined,
  }));
  if (first === undefined) throw new UsageError('There is no host to start.');
  for (const one of [first, ...others]) {
    await checkPort(one.port, 'PORT');
    if (one.nginxPort !== undefined) await checkPort(one.nginxPort, 'NGINX_PORT');
  }
  return [first, ...others];
}

function readSettings() {
  const { PORT, NGINX_PORT, REDIS_PORT, BLOG_POSTS } = process.env;
  const { help, posts, hosts, 'no-nginx': withoutNginx = false } = readArguments();
  return {
    help,
    withNginx: !withoutNginx,
    hosts: readNumber('--hosts', hosts ?? '1', { from: 1, to: 9 }),
    redisPort: readNumber('REDIS_PORT', REDIS_PORT || '6390', PORTS),
    posts: readNumber('--posts', posts || BLOG_POSTS || '0', { from: 0, to: 100_000 }),
    appPort: readNumber('PORT', PORT || '3000', PORTS),
    nginxPort: readNumber('NGINX_PORT', NGINX_PORT || '8080', PORTS),
  };
}

function readArguments() {
  try {
    return parseArgs({ options: ARGUMENTS }).values;
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${error.message}\n\n${HELP}`);
    throw error;
  }
}

/**
 * @param {string} name
 * @param {string} text
 * @param {{ from: number, to: number }} range
 */
function readNumber(name, text, { from, to }) {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= from && number <= to) return number;
  const expected = `a whole number from ${from} to ${to}`;
  throw new UsageError(`Expected ${name} to be ${expected}, got ${JSON.stringify(text)}.`);
}

/**
 * @param {number} port
 * @param {string} variable
 */
async function checkPort(port, variable) {
  if (!(await isListening(port))) return;
  throw new UsageError(
    `Port ${port} is in use. Set ${variable} to a free one: ${variable}=${port + 1} npm start`,
  );
}
