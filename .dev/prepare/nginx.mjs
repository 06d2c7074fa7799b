import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { isExecutable, isOnPath, pathFolders, run } from './command.mjs';
import { hasApt, isMac } from './machine.mjs';
import { say, warn } from './messages.mjs';
import { launch, unpackPackages } from './packages.mjs';
import { cache, readJson, record, root } from './places.mjs';

const unpackedNginx = join(cache, 'nginx');
const noted = join(cache, 'nginx.json');

/** The folders of servers that may be missing from PATH. */
export const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];
const MODULE_FOLDERS = ['/usr/lib/nginx/modules', '/usr/lib64/nginx/modules', '/etc/nginx/modules'];
const BROTLI_MODULE = 'ngx_http_brotli_static_module.so';
const BROTLI_PACKAGE = 'libnginx-mod-http-brotli-static';

/** Where packages are unpacked, and the launcher that is made there. */
const nginxLayout = {
  target: unpackedNginx,
  program: 'nginx',
  launcher: (folder) => launch('usr/sbin/nginx', folder),
};

export function provideNginx({ mayInstall }) {
  const recorded = readJson(noted);
  if (recorded !== undefined && nginxRuns(recorded.nginx, recorded.brotliModule)) return true;
  const nginx = findNginx() ?? unpackNginx() ?? (mayInstall ? brewNginx() : undefined);
  if (nginx === undefined) return false;
  const brotliModule = findBrotliModule(nginx) ?? unpackBrotliModule(nginx) ?? null;
  record(noted, { nginx, brotliModule });
  say(`using ${nginx}, ${brotliModule === null ? 'without' : 'with'} brotli_static`);
  return true;
}

function findNginx() {
  const folders = [...pathFolders, ...SERVER_FOLDERS, unpackedNginx];
  return folders.map((folder) => join(folder, 'nginx')).find((file) => isExecutable(file) && nginxRuns(file));
}

function unpackNginx() {
  if (!hasApt) return undefined;
  say(`unpacking the distribution's nginx into ${relative(root, unpackedNginx)}`);
  const unpacked = unpackPackages([['nginx', BROTLI_PACKAGE], ['nginx']], nginxLayout);
  if (!unpacked.ok) return warn('nginx could not be fetched with apt', unpacked);
  const nginx = join(unpackedNginx, 'nginx');
  const tested = testNginx(nginx);
  return tested.ok ? nginx : warn('the unpacked nginx does not run', tested);
}

/** Installs nginx with Homebrew. It installs for the whole machine, so this is only for callers that require nginx. */
function brewNginx() {
  if (!isMac || !isOnPath('brew')) return undefined;
  say('brew install nginx');
  const installed = run('brew', ['install', 'nginx']);
  return installed.ok ? findNginx() : warn('nginx could not be installed', installed);
}

function findBrotliModule(nginx) {
  const folders = [...MODULE_FOLDERS, join(unpackedNginx, 'usr/lib/nginx/modules')];
  const files = folders.map((folder) => join(folder, BROTLI_MODULE));
  return files.find((file) => fs.existsSync(file) && nginxRuns(nginx, file));
}

/**
 * Quiet, because the module is optional: a foreign nginx cannot load the distribution's, and older distributions have
 * none.
 */
function unpackBrotliModule(nginx) {
  if (!hasApt || nginx.startsWith(unpackedNginx)) return undefined;
  return unpackPackages([[BROTLI_PACKAGE]], nginxLayout).ok ? findBrotliModule(nginx) : undefined;
}

function nginxRuns(nginx, brotliModule) {
  return testNginx(nginx, brotliModule).ok;
}

/** Makes nginx read the smallest configuration, which proves that its libraries are there and that the module fits. */
function testNginx(nginx, brotliModule) {
  const prefix = fs.mkdtempSync(join(tmpdir(), 'prepare-nginx-'));
  try {
    const module = brotliModule ? `load_module "${brotliModule}";\n` : '';
    fs.writeFileSync(join(prefix, 'nginx.conf'), `${module}error_log stderr;\npid nginx.pid;\nevents {}\n`);
    return run(nginx, ['-t', '-p', prefix, '-c', 'nginx.conf']);
  } finally {
    fs.rmSync(prefix, { recursive: true, force: true });
  }
}
