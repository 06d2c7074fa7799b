import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { folder } from './folder.js';

const run = promisify(execFile);
const START_LIMIT_MS = 5_000;
const RETRY_MS = 20;
const example = fileURLToPath(new URL('./', import.meta.url));
const repository = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * An nginx, and its module for .br files where that is not built in.
 *
 * @typedef {{ nginx: string, brotliModule: string | null }} Program
 */

/**
 * The nginx that `npm start` noted, else the one on the PATH; undefined where there is none.
 *
 * @returns {Program | undefined}
 */
export function findNginx() {
  const note = join(repository, 'node_modules/.cache/staticgenerator/nginx.json');
  if (existsSync(note)) return JSON.parse(readFileSync(note, 'utf8'));
  const { PATH = '' } = process.env;
  const folders = PATH.split(delimiter).filter(Boolean);
  const nginx = folders.map((folder) => join(folder, 'nginx')).find((file) => existsSync(file));
  return nginx === undefined ? undefined : { nginx, brotliModule: null };
}

/**
 * Starts nginx on `port`, in front of the app on `appPort`; resolves when it accepts connections.
 *
 * @param {Program} program
 * @param {{ port: number, appPort: number }} ports
 */
export async function startNginx({ nginx, brotliModule }, { port, appPort }) {
  const prefix = join(folder, 'nginx');
  const configuration = join(folder, 'nginx.conf');
  const text = await generateConfiguration({ port, appPort, brotli: brotliModule !== null });
  await mkdir(prefix, { recursive: true });
  await writeFile(configuration, text);

  const directives = ['daemon off;'];
  if (brotliModule && !text.includes('load_module')) directives.push(`load_module "${brotliModule}";`);
  // Root's nginx would read as nobody, to whom a checkout in root's home is closed.
  if (process.getuid?.() === 0) directives.push('user root;');
  const options = ['-p', prefix, '-c', configuration, '-e', 'stderr', '-g', directives.join(' ')];
  const child = spawn(nginx, options, { stdio: 'inherit' });
  process.once('exit', () => child.kill()); // whatever ends this process ends nginx
  await untilListening(port, child);
  return child;
}

/** @param {{ port: number, appPort: number, brotli: boolean }} settings */
async function generateConfiguration({ port, appPort, brotli }) {
  const { stdout } = await run(process.execPath, [
    join(repository, 'dist/cli/main.js'),
    ...['nginx', '--whole'],
    ...['--config', join(example, 'staticgenerator.config.js')],
    ...['--listen', `127.0.0.1:${port}`],
    ...['--upstream', `127.0.0.1:${appPort}`],
    ...['--server-name', 'localhost'],
    ...(brotli ? ['--brotli'] : []),
  ]);
  return stdout;
}

/**
 * @param {number} port
 * @param {import('node:child_process').ChildProcess} child
 */
async function untilListening(port, child) {
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await isListening(port))) {
    if (child.exitCode !== null)
      throw new Error(`nginx ended with code ${child.exitCode}; its message is above`);
    if (Date.now() > deadline)
      throw new Error(`nginx did not listen on port ${port} within ${START_LIMIT_MS} ms`);
    await wait(RETRY_MS);
  }
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export async function isListening(port) {
  const socket = createConnection({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}
