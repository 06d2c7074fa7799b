import { execFile, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hostFolder } from './folder.js';
import { untilListening } from './listening.js';
import { findProgram, readNote, repository } from './programs.js';

const run = promisify(execFile);
const example = fileURLToPath(new URL('./', import.meta.url));

/**
 * An nginx, and its module for .br files if that is not built in.
 *
 * @typedef {{ nginx: string, brotliModule: string | null }} Program
 */

/**
 * Returns the nginx that `npm start` recorded, otherwise the one on the PATH. Returns undefined if there is none.
 *
 * @returns {Program | undefined}
 */
export function findNginx() {
  const noted = readNote('nginx');
  if (noted !== undefined) return /** @type {Program} */ (noted);
  const nginx = findProgram('nginx');
  return nginx === undefined ? undefined : { nginx, brotliModule: null };
}

/**
 * Starts nginx on `port`, in front of the app on `appPort`. Resolves when nginx accepts connections.
 *
 * @param {Program} program
 * @param {{ port: number, appPort: number }} ports
 */
export async function startNginx({ nginx, brotliModule }, { port, appPort }) {
  const prefix = join(hostFolder, 'nginx');
  const configuration = join(hostFolder, 'nginx.conf');
  const text = await generateConfiguration({ port, appPort, brotli: brotliModule !== null });
  await mkdir(prefix, { recursive: true });
  await writeFile(configuration, text);

  const directives = ['daemon off;'];
  if (brotliModule && !text.includes('load_module')) directives.push(`load_module "${brotliModule}";`);
  // Started by root, nginx would read files as the user `nobody`, who may not read a checkout in root's home.
  if (process.getuid?.() === 0) directives.push('user root;');
  const options = ['-p', prefix, '-c', configuration, '-e', 'stderr', '-g', directives.join(' ')];
  const child = spawn(nginx, options, { stdio: 'inherit' });
  process.once('exit', () => child.kill()); // nginx stops when this process exits
  await untilListening('nginx', port, child);
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
