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

/** Without install scripts: the one that matters is run, and its outcome checked, by {@link buildSqlite}. */
export function installModules() {
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
