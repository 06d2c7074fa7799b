import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sirv from 'sirv';
import { isListening } from '../examples/blog/listening.js';
import { folder as scratch } from './folder.js';

const HELP = `Usage: npm run site -- [folder] [options]

Makes the website of the documentation: plain files in a folder, docs/site/dist by default, that any host serves.

  --url <origin>   the address that it will have, such as https://www.example.com: writes a sitemap.xml
  --base <path>    the path that it will have there, such as /manual
  --no-demo        leave out the demo, an export of the example blog
  --serve          serve the folder at http://localhost:8090 when it is made (PORT names another port)
  --help           show this`;

const OPTIONS = /** @type {const} */ ({
  url: { type: 'string' },
  base: { type: 'string' },
  demo: { type: 'boolean', default: true },
  serve: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
});

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const DEFAULT_FOLDER = fileURLToPath(new URL('dist', import.meta.url));
const DEFAULT_PORT = 8090;

/** A mistake that the user can correct; shown without a stack. */
class UsageError extends Error {}

try {
  await build();
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 1;
}

async function build() {
  const { values, positionals } = readArguments();
  if (values.help) return console.log(HELP);
  const target = resolve(positionals[0] ?? DEFAULT_FOLDER);
  const port = Number(process.env.PORT || DEFAULT_PORT);
  // Checked before the build, which takes a while.
  if (values.serve && (await isListening(port))) throw portTaken(port);
  rmSync(join(scratch, 'demo'), { recursive: true, force: true });
  if (values.demo) exportDemo();
  exportSite(target, values);
  if (values.serve) await serve(target, port, values.base ?? '');
}

function readArguments() {
  try {
    const read = parseArgs({ options: OPTIONS, allowPositionals: true, allowNegative: true });
    if (read.positionals.length > 1) throw new UsageError(`Expected one folder\n\n${HELP}`);
    return read;
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${error.message}\n\n${HELP}`);
    throw error;
  }
}

function exportDemo() {
  const words = ['export', join(scratch, 'demo'), '--base', '/demo', '--clean', '--check'];
  run(words, new URL('../examples/blog/', import.meta.url), { BLOG_FOLDER: join(scratch, 'blog') });
}

/**
 * @param {string} target
 * @param {{ url?: string | undefined, base?: string | undefined }} options
 */
function exportSite(target, { url, base }) {
  const place = [
    ...(url === undefined ? [] : ['--url', url]),
    ...(base === undefined ? [] : ['--base', base]),
  ];
  run(
    ['export', target, '--crawl', '--collect', '--clean', '--check', ...place],
    new URL('.', import.meta.url),
    {},
  );
}

/**
 * Runs staticgenerator in the folder of a site, and shows its output.
 *
 * @param {readonly string[]} words
 * @param {URL} folder
 * @param {Readonly<Record<string, string>>} environment
 */
function run(words, folder, environment) {
  const { status, error } = spawnSync(process.execPath, [PROGRAM, ...words], {
    cwd: fileURLToPath(folder),
    env: { ...process.env, ...environment },
    stdio: 'inherit',
  });
  if (error !== undefined) throw error;
  if (status !== 0)
    throw new UsageError(`The site was not made: staticgenerator ${words[0]} failed, as shown above.`);
}

/**
 * @param {string} target
 * @param {number} port
 * @param {string} base
 */
async function serve(target, port, base) {
  const files = sirv(target, { dev: true });
  const server = createServer((request, response) => {
    if (request.url?.startsWith(base)) request.url = request.url.slice(base.length) || '/';
    files(request, response, () => void response.writeHead(404).end('There is no such page.'));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((error) => {
    throw error.code === 'EADDRINUSE' ? portTaken(port) : error;
  });
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`${relative(process.cwd(), target)} is at http://localhost:${address.port}${base}/`);
}

/** @param {number} port */
function portTaken(port) {
  return new UsageError(
    `Port ${port} is taken. Set PORT to a free one: PORT=${port + 1} npm run site -- --serve`,
  );
}
