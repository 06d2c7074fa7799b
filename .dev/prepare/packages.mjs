import * as fs from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { cache } from './places.mjs';

/**
 * Takes several lists of packages of Debian or Ubuntu, and unpacks the first list that apt can deliver, with the
 * dependencies that this machine lacks. It writes only to node_modules, so it needs no rights, and no package's script
 * starts a service.
 */
export function unpackPackages(choices, layout) {
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
    ...setting('Debug::NoLocking', 1), // the locks guard files that are not written here, and only root may take them
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
  // The machine's package lists are missing or out of date. This script must not update them, so it downloads its own.
  const updated = run('apt-get', [...ownLists, 'update']);
  for (const packages of choices) {
    result = download(ownLists, packages);
    if (result.ok) return result;
  }
  return { ...result, output: `${updated.output}${result.output}` };
}

/**
 * Unpacks into another folder and renames it, so that an interrupted run leaves nothing that looks like the program.
 */
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

/**
 * Returns a script that starts an unpacked program with the libraries unpacked next to it, even if the folder was
 * moved.
 */
export function launch(executable, folder, preparation = '') {
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
