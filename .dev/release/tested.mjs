import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { cache, readJson, record, root } from '../prepare/places.mjs';

const noted = join(cache, 'tested.json');

/** Returns the hash of all files of the last commit, or undefined if there is no repository. */
export function treeOfHead() {
  return git(['rev-parse', 'HEAD^{tree}']);
}

/** Returns {@link treeOfHead} if no file differs from the last commit, otherwise undefined. */
export function treeOfCleanFolder() {
  return git(['status', '--porcelain']) === '' ? treeOfHead() : undefined;
}

/**
 * Records that all checks and tests have passed for these files, so that a release need not run them again.
 *
 * @param {string} tree
 */
export function noteTested(tree) {
  record(noted, { tree });
}

/** @returns {string | undefined} the hash of the files for which all checks and tests passed last */
export function lastTested() {
  return readJson(noted)?.tree;
}

function git(words) {
  const { status, stdout } = spawnSync('git', words, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
