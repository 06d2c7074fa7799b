import * as fs from 'node:fs';
import { join, relative } from 'node:path';
import { isExecutable, pathFolders, run } from './command.mjs';
import { hasApt } from './machine.mjs';
import { say, warnIfRequired } from './messages.mjs';
import { launch, unpackPackages } from './packages.mjs';
import { cache, readJson, record, root } from './places.mjs';

const unpackedPostgres = join(cache, 'postgres');
const noted = join(cache, 'postgres.json');

const POSTGRES_PROGRAMS = ['initdb', 'postgres', 'psql'];
/** The folders in which each version has a folder of its own. */
const POSTGRES_PARENTS = ['/usr/lib/postgresql', '/usr/local/opt', '/opt/homebrew/opt'];
/**
 * Of Debian and Ubuntu. By name, because apt leaves out parts of the metapackage that the machine has, such as the
 * client.
 */
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

export function providePostgres() {
  const recorded = readJson(noted);
  if (recorded !== undefined && testPostgres(recorded.programs).ok) return true;
  fs.rmSync(noted, { force: true }); // the tests read it
  const programs = findPostgres() ?? unpackPostgres();
  if (programs === undefined) return false;
  record(noted, { programs });
  say(`using PostgreSQL of ${programs}`);
  return true;
}

function findPostgres() {
  const versions = POSTGRES_PARENTS.filter((parent) => fs.existsSync(parent))
    .flatMap((parent) => fs.readdirSync(parent).map((name) => join(parent, name)))
    .filter((folder) => /postgresql/.test(folder))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((folder) => join(folder, 'bin'));
  const folders = [...pathFolders, ...versions, unpackedPostgres];
  return folders.find((folder) => testPostgres(folder).ok);
}

function unpackPostgres() {
  if (!hasApt) return undefined;
  say(`unpacking the distribution's PostgreSQL into ${relative(root, unpackedPostgres)}`);
  const unpacked = unpackPackages(POSTGRES_PACKAGES, postgresLayout);
  if (!unpacked.ok) return warnIfRequired('PostgreSQL could not be fetched with apt', unpacked);
  const tested = testPostgres(unpackedPostgres);
  return tested.ok ? unpackedPostgres : warnIfRequired('the unpacked PostgreSQL does not run', tested);
}

/** Tests only that the programs start. To do more they need a user other than root, which the tests provide. */
function testPostgres(folder) {
  const files = POSTGRES_PROGRAMS.map((program) => join(folder, program));
  const missing = files.find((file) => !isExecutable(file));
  if (missing !== undefined) return { ok: false, command: missing, outcome: 'no such program', output: '' };
  const runs = files.map((file) => run(file, ['--version']));
  return runs.find(({ ok }) => !ok) ?? runs[0];
}
