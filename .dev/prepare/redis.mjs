import * as fs from 'node:fs';
import { join, relative } from 'node:path';
import { isExecutable, pathFolders, run } from './command.mjs';
import { hasApt } from './machine.mjs';
import { say, warnIfRequired } from './messages.mjs';
import { launch, unpackPackages } from './packages.mjs';
import { cache, readJson, record, root } from './places.mjs';

const unpackedRedis = join(cache, 'redis');
const noted = join(cache, 'redis.json');

const HOMEBREW_FOLDERS = ['/opt/homebrew/bin', '/usr/local/bin'];
/** Valkey works too. If both are there, Redis is tested. */
const PROGRAMS = ['redis-server', 'valkey-server'];

const redisLayout = {
  target: unpackedRedis,
  program: 'redis-server',
  // The file redis-server is a link to the program that also checks files. The program goes by the name that starts it.
  launcher: (folder) => launch('usr/bin/redis-server', folder),
};

export function provideRedis() {
  const recorded = readJson(noted);
  if (recorded !== undefined && testRedis(recorded.redis).ok) return true;
  fs.rmSync(noted, { force: true }); // the tests read it
  const redis = findRedis() ?? unpackRedis();
  if (redis === undefined) return false;
  record(noted, { redis });
  say(`using ${redis}`);
  return true;
}

function findRedis() {
  const folders = [...pathFolders, ...HOMEBREW_FOLDERS, unpackedRedis];
  return PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program))).find(
    (file) => isExecutable(file) && testRedis(file).ok,
  );
}

function unpackRedis() {
  if (!hasApt) return undefined;
  say(`unpacking the distribution's Redis into ${relative(root, unpackedRedis)}`);
  const unpacked = unpackPackages(
    [
      ['redis-server', 'redis-tools'],
      ['valkey-server', 'valkey-tools'],
    ],
    redisLayout,
  );
  if (!unpacked.ok) return warnIfRequired('Redis could not be fetched with apt', unpacked);
  const redis = join(unpackedRedis, 'redis-server');
  const tested = testRedis(redis);
  return tested.ok ? redis : warnIfRequired('the unpacked Redis does not run', tested);
}

function testRedis(program) {
  return run(program, ['--version']);
}
