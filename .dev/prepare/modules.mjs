import * as fs from 'node:fs';
import { join } from 'node:path';
import { npm } from './command.mjs';
import { giveUp, say } from './messages.mjs';
import { readJson, root } from './places.mjs';

export function checkNode() {
  const { node: wanted } = readJson(join(root, 'package.json')).engines;
  const [major, minor] = wanted.match(/\d+/g).map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  giveUp(
    `expected Node ${wanted}, got ${process.versions.node}; install a newer one from https://nodejs.org`,
  );
}

/** Installs without install scripts. {@link buildSqlite} runs the only one that matters, and checks its outcome. */
export function installModules() {
  if (modulesAreCurrent()) return;
  const verb = fs.existsSync(join(root, 'package-lock.json')) ? 'ci' : 'install';
  say(`installing the node modules (npm ${verb})`);
  // `--include=dev`, because NODE_ENV=production in the environment would leave out the development dependencies.
  const installed = npm([verb, '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund']);
  if (!installed.ok) giveUp('the node modules could not be installed', installed);
}

/**
 * Compares the lock with the record that npm writes at the end of an install. An interrupted install leaves no record.
 */
function modulesAreCurrent() {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  const installed = readJson(join(root, 'node_modules/.package-lock.json'))?.packages;
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(([folder, { version, optional, devOptional }]) => {
    if (folder === '' || optional || devOptional) return true;
    return installed[folder]?.version === version && fs.existsSync(join(root, folder));
  });
}
