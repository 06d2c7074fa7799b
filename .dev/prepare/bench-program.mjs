import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { isExecutable, pathFolders } from './command.mjs';
import { hasApt } from './machine.mjs';
import { say } from './messages.mjs';
import { SERVER_FOLDERS } from './nginx.mjs';
import { launch, unpackPackages } from './packages.mjs';
import { cache, readJson, record } from './places.mjs';

/** Programs of one package each, for the benchmarks; the words let them end by themselves. */
export const wrk = { name: 'wrk', command: 'wrk', packages: ['wrk'], path: 'usr/bin/wrk', words: ['-v'] };
export const varnish = {
  name: 'varnish',
  command: 'varnishd',
  packages: ['varnish'],
  path: 'usr/sbin/varnishd',
  words: ['-V'],
};

/** Finds or unpacks a program, and writes down where it is; whether there is one. */
export function provideProgram({ name, command, packages, path, words }) {
  const target = join(cache, name);
  const noted = join(cache, `${name}.json`);
  const runs = (file) => isExecutable(file) && /\b(?:wrk|varnish)/i.test(outputOf(file, words));
  if (runs(readJson(noted)?.[name] ?? '')) return true;
  const folders = [...pathFolders, ...SERVER_FOLDERS, target];
  const layout = { target, program: command, launcher: (folder) => launch(path, folder) };
  const find = () => folders.map((folder) => join(folder, command)).find(runs);
  const found = find() ?? (hasApt && unpackPackages([packages], layout).ok ? find() : undefined);
  if (found === undefined) return false;
  record(noted, { [name]: found });
  say(`using ${found}`);
  return true;
}

function outputOf(file, words) {
  const { stdout, stderr } = spawnSync(file, words, { encoding: 'utf8' });
  return `${stdout}${stderr}`;
}
