import * as fs from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { say, warnIfRequired } from './messages.mjs';
import { cache, readJson, record } from './places.mjs';

/** The version of Node with a SQLite of its own that is safe with several processes. */
export const WITH_SQLITE = '24';

const noted = join(cache, 'node-with-sqlite.json');

/** Returns the recorded Node that has SQLite, or undefined if there is none. */
export function nodeWithSqlite() {
  return readJson(noted)?.node;
}

/** Records which Node has node:sqlite, this one or another, for the tests of it. Returns whether there is one. */
export function provideNodeWithSqlite() {
  if (isFit(readJson(noted)?.node ?? '')) return true;
  fs.rmSync(noted, { force: true }); // the tests read it
  const node = isFit(process.execPath) ? process.execPath : getNode();
  if (node === undefined) return false;
  record(noted, { node });
  say(`using ${node} for node:sqlite`);
  return true;
}

function getNode() {
  say(`getting Node ${WITH_SQLITE} from the registry, for the tests with node:sqlite (about 30 MB)`);
  const found = findNode(WITH_SQLITE);
  if (!found.ok) return warnIfRequired(`Node ${WITH_SQLITE} could not be fetched from the registry`, found);
  const provided = provideFor(found.node, join(cache, 'node-with-sqlite'));
  return isFit(provided) ? provided : undefined;
}

/** Finds where npx keeps a version of Node. The registry has Node as the package "node". */
export function findNode(version) {
  const found = run('npx', ['-y', '-p', `node@${version}`, 'node', '-p', 'process.execPath']);
  return { ...found, node: found.output.trim().split('\n').at(-1) };
}

/**
 * Copies a Node to a folder that all users can read. Some tests run as a user without rights, and npx keeps Node in a
 * home.
 */
export function provideFor(node, folder) {
  const file = join(folder, 'node');
  fs.mkdirSync(folder, { recursive: true });
  fs.copyFileSync(node, file);
  return file;
}

function isFit(node) {
  return node !== '' && run(node, ['-e', "process.exit('sqlite' in process.versions ? 0 : 1)"]).ok;
}
