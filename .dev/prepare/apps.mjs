import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join, relative } from 'node:path';
import { cloneTag, npm, run } from './command.mjs';
import { giveUp, say } from './messages.mjs';
import { readJson, root } from './places.mjs';

const sources = join(root, 'test/apps');
/** Not in node_modules, because compilers do not compile sources there. */
const target = join(root, 'test/.artefacts/apps');

/** Its package has a lock file of yarn, and development dependencies that no registry has. */
const GHOST = 'ghost@5.130.6';
const YARN = 'yarn@1.22.22';

/** Cloned from GitHub, because the registry has only an old version. */
const NODEBB = { repository: 'NodeBB/NodeBB', tag: 'v4.9.2' };

/** How each application is installed into a folder of its own. Each is pinned, by a lock file or by its version. */
const apps = {
  'react-router': (folder) => buildSite('react-router', folder, ['react-router', 'build']),
  next: (folder) => buildSite('next', folder, ['next', 'build']),
  astro: (folder) => buildSite('astro', folder, ['astro', 'build']),
  ghost: installGhost,
  nodebb: installNodebb,
};

export const appNames = Object.keys(apps);

/** Installs an application, unless the wanted version is installed already. Returns its folder. */
export function provideApp(name) {
  const folder = join(target, name);
  const record = join(folder, 'prepared.json');
  const wanted = { sources: hashOfFolder(join(sources, name, 'site')), ghost: GHOST, nodebb: NODEBB.tag };
  if (JSON.stringify(readJson(record)) === JSON.stringify(wanted)) return folder;
  say(`installing ${name} into ${relative(root, folder)}`);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  apps[name](folder);
  fs.writeFileSync(record, `${JSON.stringify(wanted)}\n`);
  return folder;
}

function buildSite(name, folder, [program, ...words]) {
  fs.cpSync(join(sources, name, 'site'), folder, { recursive: true });
  must(npm(['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'], {}, folder), name);
  const environment = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', ASTRO_TELEMETRY_DISABLED: '1' };
  const command = join(folder, 'node_modules/.bin', program);
  must(run(command, words, environment, undefined, folder), name);
}

function installGhost(folder) {
  must(npm(['pack', GHOST], {}, folder), 'ghost');
  const [archive] = fs.readdirSync(folder);
  must(run('tar', ['-xzf', archive, '--strip-components=1'], {}, undefined, folder), 'ghost');
  fs.rmSync(join(folder, archive));
  const manifest = join(folder, 'package.json');
  const { devDependencies: _, ...kept } = readJson(manifest);
  fs.writeFileSync(manifest, JSON.stringify(kept, undefined, 2));
  const flags = [
    '--production',
    '--ignore-scripts',
    '--ignore-engines',
    '--non-interactive',
    '--no-progress',
  ];
  must(run('npx', ['--yes', YARN, 'install', ...flags], {}, undefined, folder), 'ghost');
}

/** Clones NodeBB from GitHub, or copies the checkout that STATICGENERATOR_NODEBB names, and installs its packages. */
function installNodebb(folder) {
  const given = process.env.STATICGENERATOR_NODEBB;
  if (given === undefined) must(cloneTag(NODEBB, folder), 'nodebb');
  else fs.cpSync(given, folder, { recursive: true, verbatimSymlinks: true });
  const { devDependencies: _, dependencies, ...manifest } = readJson(join(folder, 'install/package.json'));
  // NodeBB pins exact versions of its own plugins. A mirror may have only other patch versions of them.
  const patched = ([name, version]) => [
    name,
    name.startsWith('nodebb-') ? `^${version.replace(/\.\d+$/, '.0')}` : version,
  ];
  const loosened = {
    ...manifest,
    dependencies: Object.fromEntries(Object.entries(dependencies).map(patched)),
  };
  fs.writeFileSync(join(folder, 'package.json'), JSON.stringify(loosened, undefined, 2));
  const flags = ['--omit=dev', '--legacy-peer-deps', '--no-audit', '--no-fund'];
  must(npm(['install', ...flags], {}, folder), 'nodebb');
}

function must(outcome, name) {
  if (!outcome.ok) giveUp(`the application ${name}, which its tests need, could not be installed`, outcome);
}

function hashOfFolder(folder) {
  const hash = createHash('sha256');
  const names = fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true }).sort() : [];
  for (const name of names) {
    const file = join(folder, name);
    if (fs.statSync(file).isFile()) hash.update(`${name}\n`).update(fs.readFileSync(file));
  }
  return hash.digest('hex');
}
