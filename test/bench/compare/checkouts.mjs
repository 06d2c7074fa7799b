// Makes the two packages that are compared, and builds each in its own folder: the package of another commit, and a
// copy of the working tree as it is now, so that the tree may change while the comparison runs.
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../harness/processes/command.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const NAME = 'staticgenerator';
const LOCK = 'package-lock.json';

/**
 * @typedef {object} Checkout
 * @property {import('./statistics/turns.mjs').Side} side
 * @property {string} label for people
 * @property {string} commit
 * @property {boolean} isDirty
 * @property {string} root
 */

/**
 * Makes and builds both checkouts in a folder. Rejects with a message for people if a commit is unknown or does not
 * build.
 */
export async function makeCheckouts({ ref, folder, signal, tell }) {
  const git = async (...words) => (await runCommand(['git', '-C', ROOT, ...words], { signal })).trim();
  const commit = await commitOf(ref, git, signal);
  const own = await describeWorkingTree(git, join(folder, 'this'));
  const subject = await git('log', '-1', '--format=%h %s', commit);
  const other = { side: 'other', label: subject, commit, isDirty: false, root: join(folder, 'other') };
  tell('copying the working tree');
  await copyWorkingTree(own.root, git);
  await extractCommit(other, git, signal);
  for (const checkout of [own, other]) {
    await provideModules(checkout, { signal, tell });
    tell(`building ${nameOf(checkout)}`);
    await build(checkout, signal);
  }
  return { this: own, other };
}

/** Returns the name of a checkout in messages. */
export function nameOf({ side, commit }) {
  return side === 'this' ? 'the working tree' : commit.slice(0, 10);
}

async function commitOf(ref, git, signal) {
  try {
    return await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`);
  } catch (cause) {
    signal.throwIfAborted();
    throw new Error(`There is no commit ${ref} in this repository`, { cause });
  }
}

async function describeWorkingTree(git, root) {
  const commit = await git('rev-parse', 'HEAD');
  const isDirty = (await git('status', '--porcelain')) !== '';
  const label = `the working tree, ${commit.slice(0, 7)}${isDirty ? ' with changes' : ''}`;
  return { side: 'this', label, commit, isDirty, root };
}

/** Copies the files that git tracks, and those that `git add` would add. */
async function copyWorkingTree(target, git) {
  const listed = await git('ls-files', '-z', '--cached', '--others', '--exclude-standard');
  const files = listed.split('\0').filter((file) => file !== '' && !/^node_modules(?:\/|$)/.test(file));
  for (const file of files) {
    // This file is deleted, but not yet in the index.
    if (!existsSync(join(ROOT, file))) continue;
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(ROOT, file), join(target, file), { verbatimSymlinks: true });
  }
}

async function extractCommit({ root, commit }, git, signal) {
  mkdirSync(root);
  await git('archive', '--format=tar', `--output=${root}.tar`, commit);
  await runCommand(['tar', '-x', '-f', `${root}.tar`, '-C', root], { signal });
}

/** Shares the installed dependencies if both lock files are the same, so that only the package itself differs. */
async function provideModules(checkout, { signal, tell }) {
  const { root } = checkout;
  const isShared = checkout.side === 'this' || readLock(root) === readLock(ROOT);
  if (isShared) {
    symlinkSync(realpathSync(join(ROOT, 'node_modules')), join(root, 'node_modules'));
    return;
  }
  tell(`installing the dependencies of ${nameOf(checkout)}, which are others`);
  // The script that prepares a fresh clone also compiles packages that have no prebuilt binary.
  const prepare = join(root, '.dev/prepare.mjs');
  const command = existsSync(prepare)
    ? [process.execPath, prepare, 'start']
    : ['npm', 'ci', '--no-audit', '--no-fund'];
  await inWords(`The dependencies of ${nameOf(checkout)} cannot be installed`, command, {
    cwd: root,
    signal,
  });
}

function readLock(root) {
  return existsSync(join(root, LOCK)) ? readFileSync(join(root, LOCK), 'utf8') : undefined;
}

async function build(checkout, signal) {
  const command = ['npm', 'run', '--silent', 'build'];
  await inWords(`${nameOf(checkout)} does not build`, command, { cwd: checkout.root, signal });
}

async function inWords(message, command, options) {
  try {
    await runCommand(command, options);
  } catch (cause) {
    options.signal.throwIfAborted();
    throw new Error(`${message}: ${cause.message}`, { cause });
  }
}

/** Returns the file that a package.json exports for an import path such as `staticgenerator/typeorm`, or undefined. */
export function entryOf(root, path) {
  try {
    return createRequire(join(root, 'package.json')).resolve(path);
  } catch (error) {
    if (['ERR_PACKAGE_PATH_NOT_EXPORTED', 'MODULE_NOT_FOUND'].includes(error.code)) return undefined;
    throw error;
  }
}

/** Returns the file of the command `staticgenerator`. */
export function programOf(root) {
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return join(root, bin[NAME]);
}
