import * as fs from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isExecutable, pathFolders, run } from './command.mjs';
import { hasApt } from './machine.mjs';
import { say, warnIfRequired } from './messages.mjs';
import { SERVER_FOLDERS } from './nginx.mjs';
import { launch, unpackPackages } from './packages.mjs';
import { cache, readJson, record, root } from './places.mjs';

const unpackedMariadb = join(cache, 'mariadb');
const noted = join(cache, 'mariadb.json');

const HOMEBREW_FOLDERS = ['/opt/homebrew/opt/mariadb/bin', '/usr/local/opt/mariadb/bin'];
/** The packages of Debian and Ubuntu with the server alone, without the one that sets up a service. */
const MARIADB_PACKAGES = [['mariadb-server-core'], ['mariadb-server-core-10.6']];
/** The folders of the SQL of the system tables, relative to the folder of the program. */
const SHARES = ['usr/share/mysql', 'usr/share/mariadb', '../share/mysql', '../share/mariadb'];
const SYSTEM_TABLES = 'mysql_system_tables.sql';

const mariadbLayout = {
  target: unpackedMariadb,
  program: 'mariadbd',
  launcher: (folder) => launch('usr/sbin/mariadbd', folder),
};

export function provideMariadb() {
  const recorded = readJson(noted);
  if (recorded !== undefined && testMariadb(recorded.mariadbd).ok && sharedBy(recorded.mariadbd)) return true;
  fs.rmSync(noted, { force: true }); // the tests read it
  const mariadbd = findMariadb() ?? unpackMariadb();
  if (mariadbd === undefined) return false;
  record(noted, { mariadbd, share: sharedBy(mariadbd) });
  say(`using ${mariadbd}`);
  return true;
}

function findMariadb() {
  const folders = [...pathFolders, ...SERVER_FOLDERS, ...HOMEBREW_FOLDERS, unpackedMariadb];
  return folders
    .map((folder) => join(folder, 'mariadbd'))
    .find((file) => isExecutable(file) && sharedBy(file) !== undefined && testMariadb(file).ok);
}

function unpackMariadb() {
  if (!hasApt) return undefined;
  say(`unpacking the distribution's MariaDB into ${relative(root, unpackedMariadb)}`);
  const unpacked = unpackPackages(MARIADB_PACKAGES, mariadbLayout);
  if (!unpacked.ok) return warnIfRequired('MariaDB could not be fetched with apt', unpacked);
  const mariadbd = join(unpackedMariadb, 'mariadbd');
  const tested = testMariadb(mariadbd);
  return tested.ok ? mariadbd : warnIfRequired('the unpacked MariaDB does not run', tested);
}

/** Returns the folder with the SQL that makes the system tables. Without these tables there are no procedures. */
function sharedBy(mariadbd) {
  if (!fs.existsSync(mariadbd)) return undefined;
  const folders = [dirname(mariadbd), dirname(fs.realpathSync(mariadbd))];
  return folders
    .flatMap((folder) => SHARES.map((share) => join(folder, share)))
    .find((share) => fs.existsSync(join(share, SYSTEM_TABLES)));
}

function testMariadb(mariadbd) {
  return run(mariadbd, ['--no-defaults', '--version']);
}
