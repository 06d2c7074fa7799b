import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { isExecutable, pathFolders } from './command.mjs';
import { hasApt } from './machine.mjs';
import { say } from './messages.mjs';
import { SERVER_FOLDERS } from './nginx.mjs';
import { launch, unpackPackages } from './packages.mjs';
import { cache, readJson, record } from './places.mjs';

/** Programs of one package each. The `words` are arguments with which the program exits by itself. */
export const wrk = { name: 'wrk', commands: ['wrk'], package: 'wrk', path: 'usr/bin/wrk', words: ['-v'] };
export const varnish = {
  name: 'varnish',
  commands: ['varnishd'],
  package: 'varnish',
  path: 'usr/sbin/varnishd',
  words: ['-V'],
};
export const apache = {
  name: 'apache2',
  commands: ['apache2', 'httpd'],
  package: 'apache2-bin',
  path: 'usr/sbin/apache2',
  words: ['-v'],
};
export const caddy = {
  name: 'caddy',
  commands: ['caddy'],
  package: 'caddy',
  path: 'usr/bin/caddy',
  words: ['version'],
};

export const pgbouncer = {
  name: 'pgbouncer',
  commands: ['pgbouncer'],
  package: 'pgbouncer',
  path: 'usr/sbin/pgbouncer',
  words: ['--version'],
};

export const prometheus = {
  name: 'prometheus',
  commands: ['prometheus'],
  package: 'prometheus',
  path: 'usr/bin/prometheus',
  words: ['--version'],
};

/** Finds or unpacks a program, and records its path. Returns whether there is one. */
export function provideProgram({ name, commands, package: packageName, path, words }) {
  const target = join(cache, name);
  const noted = join(cache, `${name}.json`);
  const runs = (file) => isExecutable(file) && saysSomething(file, words);
  if (runs(readJson(noted)?.[name] ?? '')) return true;
  fs.rmSync(noted, { force: true }); // the tests read it
  const folders = [...pathFolders, ...SERVER_FOLDERS, target];
  const files = folders.flatMap((folder) => commands.map((command) => join(folder, command)));
  const layout = { target, program: commands[0], launcher: (folder) => launch(path, folder) };
  const find = () => files.find(runs);
  const found = find() ?? (hasApt && unpackPackages([[packageName]], layout).ok ? find() : undefined);
  if (found === undefined) return false;
  record(noted, { [name]: found });
  say(`using ${found}`);
  return true;
}

/** Whether a program prints its version. wrk and Varnish exit with an error when they do. */
function saysSomething(file, words) {
  const { stdout, stderr, error } = spawnSync(file, words, { encoding: 'utf8' });
  return error === undefined && /\d+\.\d+/.test(`${stdout}${stderr}`) && !/error while loading/.test(stderr);
}
