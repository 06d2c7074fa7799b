import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { cache, readJson, record, root } from '../prepare/places.mjs';

const noted = join(cache, 'tested.json');

/** The files of the last commit, as one hash; undefined where there is no repository. */
export function treeOfHead() {
  return git(['rev-parse', 'HEAD^{tree}']);
}

/** The same where nothing differs from the last commit; else undefined. */
export function treeOfCleanFolder() {
  return git(['status', '--porcelain']) === '' ? treeOfHead() : undefined;
}

/**
 * Notes that everything has passed for these files, so that a release need not run it again.
 *
 * @param {string} tree
 */
export function noteTested(tree) {
  record(noted, { tree });
}

/** @returns {string | undefined} the files for which everything has passed last */
export function lastTested() {
  return readJson(noted)?.tree;
}

function git(words) {
  const { status, stdout } = spawnSync('git', words, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
