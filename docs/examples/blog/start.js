import { once } from 'node:events';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { findNginx, isListening, startNginx } from './nginx.js';

const HELP = `Usage: npm start -- [options]

Starts a blog whose pages are files, with nginx in front where there is one. Ctrl-C ends both.

  --posts <n>      add n generated posts to the documentation
  --no-nginx       let Node serve the pages, even where there is an nginx
  --help           show this

Environment:
  PORT             where the app listens: 3000
  NGINX_PORT       where nginx listens: 8080
  BLOG_FOLDER      where database and pages lie: var in the example's folder
  BLOG_POSTS       the same as --posts
  BLOG_URL         what feed and sitemap put before a path: the address that is printed`;

const PORTS = { from: 1, to: 65_535 };

const ARGUMENTS = /** @type {const} */ ({
  posts: { type: 'string' },
  'no-nginx': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
});

/** What the person at the keyboard can put right; shown without a stack. */
class UsageError extends Error {}

try {
  await start();
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exit(1);
}

async function start() {
  const { help, withNginx, posts, appPort, nginxPort } = readSettings();
  if (help) return console.log(HELP);

  const program = withNginx ? findNginx() : undefined;
  await checkPort(appPort, 'PORT');
  if (program) await checkPort(nginxPort, 'NGINX_PORT');

  const home = `http://localhost:${program ? nginxPort : appPort}`;
  Object.assign(process.env, { BLOG_POSTS: String(posts), BLOG_URL: process.env.BLOG_URL || home });
  const { default: app, close } = await import('./app.js');
  const server = createServer(app).listen(appPort, '127.0.0.1');
  await once(server, 'listening');
  const front = program && (await startNginx(program, { port: nginxPort, appPort }));

  /** @type {Promise<void> | undefined} */
  let end;
  async function stopOnce() {
    front?.kill();
    server.close();
    server.closeAllConnections();
    await close();
  }
  // Ctrl-C reaches nginx too, whose end is heard here besides the signal.
  const stop = () => (end ??= stopOnce());
  front?.once('exit', stop); // its last words are on the screen
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);

  const division = front
    ? `nginx serves the pages, the app on port ${appPort} makes them.`
    : 'There is no nginx in front, so Node serves the pages too.';
  console.log(`
  ${division}

  The site        ${home}/
  Write and edit  ${home}/login

  The first request makes the page, the second finds it; after an edit it is made anew:
    curl -s -o /dev/null -D - ${home}/ | grep -i cache-status; sleep 1
    curl -s -o /dev/null -D - ${home}/ | grep -i cache-status
`);
}

function readSettings() {
  const { PORT, NGINX_PORT, BLOG_POSTS } = process.env;
  const { help, posts, 'no-nginx': withoutNginx = false } = readArguments();
  return {
    help,
    withNginx: !withoutNginx,
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
    `Port ${port} is taken. Set ${variable} to a free one: ${variable}=${port + 1} npm start`,
  );
}
