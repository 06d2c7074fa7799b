/**
 * Makes a fresh clone ready for `npm start` and `npm test`: the node modules, the native part of better-sqlite3, nginx
 * and, for the tests, a browser. It needs nothing but Node and npm, says what it is about to do, and is silent when all
 * is there.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const HELP = `Usage: node .dev/prepare.mjs start|test|bench

Makes this folder ready for npm start, npm test or npm run bench; run again, it does only what is missing.

  modules  npm ci, when node_modules does not hold what package-lock.json says
  sqlite   npm rebuild better-sqlite3, when it does not load; where no prebuilt binary can be had it is compiled, and
           on Debian a missing compiler is installed with apt-get if that needs no password
  nginx    the one on this machine; else, on Debian and Ubuntu, the distribution's packages are unpacked into
           node_modules/.cache (nothing is installed, no service is started); on macOS, for test, brew install nginx
  browser  for test: the Chromium or Chrome on this machine; else, on Debian, the distribution's, unpacked like nginx
  load     for bench: wrk, which is required, and Varnish, which is compared where it can be had; as for nginx
  postgres for test: the programs of a PostgreSQL on this machine; else as for nginx. Tests start their own server
  prisma   for test: npm ci of test/fixtures/prisma, and its clients, into node_modules/.cache (about 330 MB)

nginx is required for test; start does without it. Without a browser or PostgreSQL their tests are skipped, but for
CI=true, where both are required. What was found is written to node_modules/.cache/staticgenerator:
  nginx.json       { "nginx": path, "brotliModule": path or null }
  chromium.json    { "chromium": path }
  postgres.json    { "programs": folder with initdb, postgres and psql }
  wrk.json         { "wrk": path }
  varnish.json     { "varnish": path }`;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, 'node_modules/.cache/staticgenerator');
const unpackedNginx = join(cache, 'nginx');
const nginxRecord = join(cache, 'nginx.json');
const unpackedChromium = join(cache, 'chromium');
const chromiumRecord = join(cache, 'chromium.json');
const unpackedPostgres = join(cache, 'postgres');
const postgresRecord = join(cache, 'postgres.json');

const NGINX_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];
const MODULE_FOLDERS = ['/usr/lib/nginx/modules', '/usr/lib64/nginx/modules', '/etc/nginx/modules'];
const BROTLI_MODULE = 'ngx_http_brotli_static_module.so';
const BROTLI_PACKAGE = 'libnginx-mod-http-brotli-static';

const BROWSER_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC_BROWSERS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const BROWSER_START_MS = 60_000;
/** Without any font Chromium ends; a machine that has none of its own gets those that were unpacked. */
const OWN_FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir prefix="xdg">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`;
const FIND_FONTS = `if [ ! -e /etc/fonts/fonts.conf ]; then
  export FONTCONFIG_FILE="$here/fonts.conf" XDG_DATA_HOME="$here/usr/share"
fi
`;

/** Where packages are unpacked, and the launcher that is made there. */
const nginxLayout = {
  target: unpackedNginx,
  program: 'nginx',
  launcher: (folder) => launch('usr/sbin/nginx', folder),
};
const chromiumLayout = {
  target: unpackedChromium,
  program: 'chromium',
  launcher: (folder) => {
    fs.writeFileSync(join(folder, 'fonts.conf'), OWN_FONTS);
    return launch('usr/lib/chromium/chromium', folder, FIND_FONTS);
  },
};

const POSTGRES_PROGRAMS = ['initdb', 'postgres', 'psql'];
/** Each version has a folder of its own in these. */
const POSTGRES_PARENTS = ['/usr/lib/postgresql', '/usr/local/opt', '/opt/homebrew/opt'];
const BREWED_POSTGRES = 'postgresql@17';
/** Of Debian and Ubuntu. By name, since the metapackage leaves out what a machine has of it, such as the client. */
const POSTGRES_PACKAGES = [15, 17, 16, 18, 14].map((version) => [
  `postgresql-${version}`,
  `postgresql-client-${version}`,
]);
const postgresLayout = {
  target: unpackedPostgres,
  program: 'postgres',
  launcher: (folder) => {
    const version = fs.readdirSync(join(folder, 'usr/lib/postgresql'))[0];
    const launcher = (program) => launch(`usr/lib/postgresql/${version}/bin/${program}`, folder);
    for (const program of POSTGRES_PROGRAMS)
      fs.writeFileSync(join(folder, program), launcher(program), { mode: 0o755 });
    return launcher('postgres');
  },
};

const prismaSource = join(root, 'test/fixtures/prisma');
const prismaTarget = join(cache, 'prisma');
const prismaRecord = join(prismaTarget, 'prepared.json');
/** Clients differ by the database they are for. */
const PRISMA_PROVIDERS = ['postgresql', 'sqlite'];
const PRISMA_GENERATE_MS = 120_000;

/** Programs of one package each, for the benchmarks; the words let them end by themselves. */
const wrk = { name: 'wrk', command: 'wrk', packages: ['wrk'], path: 'usr/bin/wrk', words: ['-v'] };
const varnish = {
  name: 'varnish',
  command: 'varnishd',
  packages: ['varnish'],
  path: 'usr/sbin/varnishd',
  words: ['-V'],
};

/** Whether what tests can be skipped without, a browser and PostgreSQL, is required. */
const isAllRequired = process.env.CI === 'true';
const isMac = process.platform === 'darwin';
const hasApt = isOnPath('apt-get') && isOnPath('dpkg-deb');

const purpose = process.argv[2];
if (purpose === '--help' || purpose === '-h') console.log(HELP);
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
    requireChromium();
    requirePostgres();
    requirePrisma();
  }
  if (purpose === 'bench') {
    if (!provideProgram(wrk))
      giveUp('the benchmarks need wrk, and none was found; install it, then run this again');
    provideProgram(varnish);
  }
}

function requireNginx() {
  if (provideNginx()) return;
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

function requirePostgres() {
  if (providePostgres()) return;
  const remedy = isMac
    ? `brew install ${BREWED_POSTGRES}`
    : 'install PostgreSQL (on Debian: apt-get install postgresql)';
  if (isAllRequired) giveUp(`the tests need PostgreSQL, and none was found; ${remedy}`);
  say(`no PostgreSQL was found, so the tests with it are skipped; to have them run: ${remedy}`);
}

function checkNode() {
  const { node: wanted } = readJson(join(root, 'package.json')).engines;
  const [major, minor] = wanted.match(/\d+/g).map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  giveUp(
    `expected Node ${wanted}, got ${process.versions.node}; install a newer one from https://nodejs.org`,
  );
}

// Modules

/** Without install scripts: the one that matters is run, and its outcome checked, by {@link buildSqlite}. */
function installModules() {
  if (modulesAreCurrent()) return;
  const verb = fs.existsSync(join(root, 'package-lock.json')) ? 'ci' : 'install';
  say(`installing the node modules (npm ${verb})`);
  // A NODE_ENV=production in the environment would leave the development dependencies out.
  const installed = npm([verb, '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund']);
  if (!installed.ok) giveUp('the node modules could not be installed', installed);
}

/** Compares the lock with what npm records when an install has ended; an interrupted one leaves no record. */
function modulesAreCurrent() {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  const installed = readJson(join(root, 'node_modules/.package-lock.json'))?.packages;
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(([folder, { version, optional, devOptional }]) => {
    if (folder === '' || optional || devOptional) return true;
    return installed[folder]?.version === version && fs.existsSync(join(root, folder));
  });
}

// SQLite

function buildSqlite() {
  if (loadSqlite().ok) return;
  say('getting the native part of better-sqlite3 (where it has to be compiled, this takes a minute or two)');
  const built = rebuildSqlite();
  if (built.ok && loadSqlite().ok) return;
  // No prebuilt binary, or one that needs a newer C library than this machine has.
  provideCompiler();
  const compiled = rebuildSqlite({ npm_config_build_from_source: 'true' });
  if (!compiled.ok) giveUp('better-sqlite3 could not be compiled', compiled);
  const loaded = loadSqlite();
  if (!loaded.ok) giveUp('better-sqlite3 was compiled but does not load', loaded);
}

/** In a process of its own: a binary built for another Node or C library may crash the one that loads it. */
function loadSqlite() {
  return run(process.execPath, ['-e', "new (require('better-sqlite3'))(':memory:').close()"]);
}

function rebuildSqlite(environment = {}) {
  // The headers that came with this Node, where they did, spare node-gyp a download of the same.
  const nodeFolder = dirname(dirname(fs.realpathSync(process.execPath)));
  const hasHeaders = fs.existsSync(join(nodeFolder, 'include/node/node.h'));
  const headers = hasHeaders ? { npm_config_nodedir: nodeFolder } : {};
  return npm(['rebuild', 'better-sqlite3', '--ignore-scripts=false'], { ...headers, ...environment });
}

function provideCompiler() {
  if (isMac) {
    if (!run('xcode-select', ['-p']).ok)
      giveUp('no compiler; run xcode-select --install, then run this again');
    return;
  }
  const missing = ['python3', 'make', 'g++'].filter((tool) => !isOnPath(tool));
  if (missing.length === 0) return;
  const asRoot = rightsOfRoot();
  if (!hasApt || asRoot === undefined)
    giveUp(`a compiler is needed; install ${missing.join(', ')}, then run this again`);
  say(`installing ${missing.join(', ')} with apt-get, to compile better-sqlite3`);
  const [command, ...first] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  run(command, [...first, 'update']);
  const installed = run(command, [...first, 'install', '-y', '--no-install-recommends', ...missing]);
  if (!installed.ok) giveUp('the compiler could not be installed', installed);
}

/** What to put before a command that only root may run; undefined where that would need a password. */
function rightsOfRoot() {
  if (process.getuid?.() === 0) return [];
  return run('sudo', ['-n', 'true']).ok ? ['sudo', '-n'] : undefined;
}

// nginx

function provideNginx() {
  const recorded = readJson(nginxRecord);
  if (recorded !== undefined && nginxRuns(recorded.nginx, recorded.brotliModule)) return true;
  const nginx = findNginx() ?? unpackNginx() ?? brewNginx();
  if (nginx === undefined) return false;
  const brotliModule = findBrotliModule(nginx) ?? unpackBrotliModule(nginx) ?? null;
  fs.mkdirSync(cache, { recursive: true });
  fs.writeFileSync(nginxRecord, `${JSON.stringify({ nginx, brotliModule }, undefined, 2)}\n`);
  say(`using ${nginx}, ${brotliModule === null ? 'without' : 'with'} brotli_static`);
  return true;
}

function findNginx() {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...NGINX_FOLDERS, unpackedNginx];
  return folders.map((folder) => join(folder, 'nginx')).find((file) => isExecutable(file) && nginxRuns(file));
}

function unpackNginx() {
  if (!hasApt) return undefined;
  say(`unpacking the distribution's nginx into ${relative(root, unpackedNginx)}`);
  const unpacked = unpackPackages([['nginx', BROTLI_PACKAGE], ['nginx']], nginxLayout);
  if (!unpacked.ok) return warn('nginx could not be had from apt', unpacked);
  const nginx = join(unpackedNginx, 'nginx');
  const tested = testNginx(nginx);
  return tested.ok ? nginx : warn('the unpacked nginx does not run', tested);
}

/** Homebrew installs for the whole machine, so only where nginx is required. */
function brewNginx() {
  if (purpose !== 'test' || !isMac || !isOnPath('brew')) return undefined;
  say('brew install nginx');
  const installed = run('brew', ['install', 'nginx']);
  return installed.ok ? findNginx() : warn('nginx could not be installed', installed);
}

function findBrotliModule(nginx) {
  const folders = [...MODULE_FOLDERS, join(unpackedNginx, 'usr/lib/nginx/modules')];
  const files = folders.map((folder) => join(folder, BROTLI_MODULE));
  return files.find((file) => fs.existsSync(file) && nginxRuns(nginx, file));
}

/** Optional, so quiet: a foreign nginx cannot load the distribution's module, and an older distribution has none. */
function unpackBrotliModule(nginx) {
  if (!hasApt || nginx.startsWith(unpackedNginx)) return undefined;
  return unpackPackages([[BROTLI_PACKAGE]], nginxLayout).ok ? findBrotliModule(nginx) : undefined;
}

function nginxRuns(nginx, brotliModule) {
  return testNginx(nginx, brotliModule).ok;
}

/** Has nginx read the smallest configuration, which proves its libraries and that the module fits it. */
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

// Chromium

function provideChromium() {
  const recorded = readJson(chromiumRecord);
  if (recorded !== undefined && run(recorded.chromium, ['--version'], {}, BROWSER_START_MS).ok) return true;
  fs.rmSync(chromiumRecord, { force: true }); // the tests go by it
  const chromium = findChromium() ?? unpackChromium();
  if (chromium === undefined) return false;
  fs.mkdirSync(cache, { recursive: true });
  fs.writeFileSync(chromiumRecord, `${JSON.stringify({ chromium }, undefined, 2)}\n`);
  say(`using ${chromium}`);
  return true;
}

function findChromium() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const onPath = folders.flatMap((folder) => BROWSER_NAMES.map((name) => join(folder, name)));
  const files = [...onPath, ...(isMac ? MAC_BROWSERS : []), join(unpackedChromium, 'chromium')];
  return files.find((file) => isExecutable(file) && testChromium(file).ok);
}

/** On Ubuntu the package is a stub that asks for snap, so what was unpacked has to show a page. */
function unpackChromium() {
  if (!hasApt) return undefined;
  say(
    `unpacking the distribution's Chromium into ${relative(root, unpackedChromium)} (about 120 MB to fetch)`,
  );
  const unpacked = unpackPackages([['chromium']], chromiumLayout);
  if (!unpacked.ok) return warnIfRequired('Chromium could not be had from apt', unpacked);
  const chromium = join(unpackedChromium, 'chromium');
  const tested = testChromium(chromium);
  return tested.ok ? chromium : warnIfRequired('the unpacked Chromium does not run', tested);
}

/** Where its tests may be skipped, one line that says so is enough. */
function warnIfRequired(problem, failed) {
  if (isAllRequired) warn(problem, failed);
}

/** Has it show a page, which proves its libraries and fonts. */
function testChromium(chromium) {
  const profile = fs.mkdtempSync(join(tmpdir(), 'prepare-chromium-'));
  try {
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      `--user-data-dir=${profile}`,
    ];
    const shown = run(chromium, [...flags, '--dump-dom', 'data:text/html,<p>ready'], {}, BROWSER_START_MS);
    return { ...shown, ok: shown.ok && shown.output.includes('<p>ready</p>') };
  } finally {
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

// PostgreSQL

function providePostgres() {
  const recorded = readJson(postgresRecord);
  if (recorded !== undefined && testPostgres(recorded.programs).ok) return true;
  fs.rmSync(postgresRecord, { force: true }); // the tests go by it
  const programs = findPostgres() ?? unpackPostgres();
  if (programs === undefined) return false;
  fs.mkdirSync(cache, { recursive: true });
  fs.writeFileSync(postgresRecord, `${JSON.stringify({ programs }, undefined, 2)}\n`);
  say(`using PostgreSQL of ${programs}`);
  return true;
}

function findPostgres() {
  const versions = POSTGRES_PARENTS.filter((parent) => fs.existsSync(parent))
    .flatMap((parent) => fs.readdirSync(parent).map((name) => join(parent, name)))
    .filter((folder) => /postgresql/.test(folder))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((folder) => join(folder, 'bin'));
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...versions, unpackedPostgres];
  return folders.find((folder) => testPostgres(folder).ok);
}

function unpackPostgres() {
  if (!hasApt) return undefined;
  say(`unpacking the distribution's PostgreSQL into ${relative(root, unpackedPostgres)}`);
  const unpacked = unpackPackages(POSTGRES_PACKAGES, postgresLayout);
  if (!unpacked.ok) return warnIfRequired('PostgreSQL could not be had from apt', unpacked);
  const tested = testPostgres(unpackedPostgres);
  return tested.ok ? unpackedPostgres : warnIfRequired('the unpacked PostgreSQL does not run', tested);
}

/** Only whether they start: they want a user that is not root, which the tests see to. */
function testPostgres(folder) {
  const files = POSTGRES_PROGRAMS.map((program) => join(folder, program));
  const missing = files.find((file) => !isExecutable(file));
  if (missing !== undefined) return { ok: false, command: missing, outcome: 'no such program', output: '' };
  const runs = files.map((file) => run(file, ['--version']));
  return runs.find(({ ok }) => !ok) ?? runs[0];
}

// Prisma

/** In a folder of its own: it is large, only its tests need it, and each part is done again only if it has changed. */
function requirePrisma() {
  const recorded = readJson(prismaRecord) ?? {};
  const wanted = { packages: hashOf('package-lock.json'), models: hashOf('models.prisma') };
  const isInstalled = recorded.packages === wanted.packages;
  if (isInstalled && recorded.models === wanted.models) return;
  fs.rmSync(prismaRecord, { force: true });
  if (!isInstalled) installPrisma();
  say('generating the Prisma clients that the tests use');
  for (const provider of PRISMA_PROVIDERS) generatePrisma(provider);
  fs.writeFileSync(prismaRecord, `${JSON.stringify(wanted, undefined, 2)}\n`);
}

function installPrisma() {
  say(`installing Prisma for its tests into ${relative(root, prismaTarget)} (about 330 MB)`);
  fs.rmSync(prismaTarget, { recursive: true, force: true });
  fs.mkdirSync(prismaTarget, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    fs.copyFileSync(join(prismaSource, name), join(prismaTarget, name));
  const flags = ['--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'];
  const installed = npm(['ci', ...flags], {}, prismaTarget);
  if (!installed.ok)
    giveUp('the packages of Prisma, which its tests need, could not be installed', installed);
  // This folder is within the project, whose own one has its native part.
  fs.rmSync(join(prismaTarget, 'node_modules/better-sqlite3'), { recursive: true });
}

function generatePrisma(provider) {
  const output = join(prismaTarget, provider);
  const schema = `${output}.prisma`;
  const head = `generator client {
  provider = "prisma-client-js"
  output   = ${JSON.stringify(output)}
}

datasource db {
  provider = "${provider}"
}
`;
  fs.writeFileSync(schema, `${head}\n${fs.readFileSync(join(prismaSource, 'models.prisma'), 'utf8')}`);
  // Any program will do for the engine: a client is generated without it, but not without its being there.
  const environment = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
  const words = [join(prismaTarget, 'node_modules/prisma/build/index.js'), 'generate', '--schema', schema];
  const generated = run(process.execPath, words, environment, PRISMA_GENERATE_MS, prismaTarget);
  if (!generated.ok) giveUp(`the client of Prisma for ${provider} could not be generated`, generated);
}

function hashOf(name) {
  return createHash('sha256')
    .update(fs.readFileSync(join(prismaSource, name)))
    .digest('hex');
}

// Packages of Debian and Ubuntu

/**
 * Unpacks the first of some lists of packages that apt can deliver, with those dependencies that this machine lacks.
 * Nothing outside node_modules is touched, so it needs no rights, and no package's script starts a service.
 */
// The benchmarks' programs

/** Finds or unpacks a program, and writes down where it is; whether there is one. */
function provideProgram({ name, command, packages, path, words }) {
  const target = join(cache, name);
  const record = join(cache, `${name}.json`);
  const runs = (file) => isExecutable(file) && /\b(?:wrk|varnish)/i.test(outputOf(file, words));
  if (runs(readJson(record)?.[name] ?? '')) return true;
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...NGINX_FOLDERS, target];
  const layout = { target, program: command, launcher: (folder) => launch(path, folder) };
  const find = () => folders.map((folder) => join(folder, command)).find(runs);
  const found = find() ?? (hasApt && unpackPackages([packages], layout).ok ? find() : undefined);
  if (found === undefined) return false;
  fs.writeFileSync(record, `${JSON.stringify({ [name]: found })}\n`);
  say(`using ${found}`);
  return true;
}

function outputOf(file, words) {
  const { stdout, stderr } = spawnSync(file, words, { encoding: 'utf8' });
  return `${stdout}${stderr}`;
}

function unpackPackages(choices, layout) {
  fs.mkdirSync(cache, { recursive: true });
  const staging = fs.mkdtempSync(join(cache, 'apt-'));
  try {
    const downloaded = downloadPackages(choices, staging);
    return downloaded.ok ? unpackArchives(staging, layout) : downloaded;
  } finally {
    fs.rmSync(staging, { recursive: true, force: true });
  }
}

function downloadPackages(choices, staging) {
  for (const folder of ['archives/partial', 'lists/partial'])
    fs.mkdirSync(join(staging, folder), { recursive: true });
  const setting = (name, value) => ['-o', `${name}=${value}`];
  const common = [
    ...setting('Debug::NoLocking', 1), // the locks guard what is not written here, and only root may take them
    ...setting('Dir::Cache', staging),
    ...setting('Dir::Cache::archives', join(staging, 'archives')),
    ...setting('Acquire::http::Timeout', 20),
  ];
  const ownLists = [...common, ...setting('Dir::State::lists', join(staging, 'lists'))];
  const download = (settings, packages) =>
    run('apt-get', [
      ...settings,
      'install',
      '-y',
      '--download-only',
      '--reinstall',
      '--no-install-recommends',
      ...packages,
    ]);

  let result = download(common, choices[0]);
  if (result.ok) return result;
  // The machine's package lists are missing or out of date; they are not ours to update.
  const updated = run('apt-get', [...ownLists, 'update']);
  for (const packages of choices) {
    result = download(ownLists, packages);
    if (result.ok) return result;
  }
  return { ...result, output: `${updated.output}${result.output}` };
}

/** The folder appears whole or not at all, so an interrupted run leaves nothing that looks like the program. */
function unpackArchives(staging, { target, program, launcher }) {
  const [archives, folder] = [join(staging, 'archives'), join(staging, 'root')];
  for (const archive of fs.readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    const unpacked = run('dpkg-deb', ['-x', join(archives, archive), folder]);
    if (!unpacked.ok) return unpacked;
  }
  fs.writeFileSync(join(folder, program), launcher(folder), { mode: 0o755 });
  fs.rmSync(target, { recursive: true, force: true });
  fs.renameSync(folder, target);
  return { ok: true };
}

/** Starts what was unpacked with the libraries that were unpacked beside it, wherever the folder is moved. */
function launch(executable, folder, preparation = '') {
  const parents = ['usr/lib', 'lib'].filter((name) => fs.existsSync(join(folder, name)));
  const libraries = parents
    .flatMap((parent) => fs.readdirSync(join(folder, parent)).map((name) => join(parent, name)))
    .filter((name) => name.includes('-linux-'))
    .flatMap((name) => [name, join(name, 'pulseaudio')])
    .map((name) => `$here/${name}`);
  return `#!/bin/sh
here=$(dirname "$0")
${preparation}LD_LIBRARY_PATH="${libraries.join(':')}" exec "$here/${executable}" "$@"
`;
}

// Talking, running, looking

function say(line) {
  console.log(`prepare: ${line}`);
}

/** Shows what failed and both ends of what it said: npm gives its reason first, a compiler last. */
function warn(problem, failed) {
  console.error(`prepare: ${problem}`);
  if (failed === undefined) return;
  console.error(`prepare: this failed with ${failed.outcome}: ${failed.command}`);
  const lines = failed.output.trim().split('\n');
  const shown = lines.length > 40 ? [...lines.slice(0, 20), '…', ...lines.slice(-20)] : lines;
  for (const line of shown) console.error(`  ${line}`);
}

function giveUp(problem, failed) {
  warn(problem, failed);
  process.exit(1);
}

/** A level of its own, because `npm --silent test` hands its silence on. */
function npm(args, environment, cwd) {
  return run('npm', [...args, '--loglevel=error'], environment, undefined, cwd);
}

function run(command, args, environment = {}, timeout = undefined, cwd = root) {
  const env = { ...process.env, ...environment };
  const child = spawnSync(command, args, { cwd, env, timeout, encoding: 'utf8', maxBuffer: 2 ** 28 });
  return {
    ok: child.status === 0,
    command: [command, ...args].join(' '),
    outcome: child.error?.message ?? child.signal ?? `exit code ${child.status}`,
    output: `${child.stdout ?? ''}${child.stderr ?? ''}`,
  };
}

function isOnPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Undefined for a file that is missing or damaged: either way what it describes is made anew. */
function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
