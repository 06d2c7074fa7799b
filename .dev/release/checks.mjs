import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readJson, root } from '../prepare/places.mjs';
import { addressProblem } from './addresses.mjs';
import { readChangelog, versionProblem } from './changelog.mjs';
import { treeOfHead } from './tested.mjs';

/** Files for work on the package, which a careless list of files in package.json would publish. */
const NOT_PUBLISHED =
  /^(?:src|test|\.\w|docs\/site)\b|\/(?:var|node_modules)\/|\.(?:tsbuildinfo|log|sqlite|tgz)$|(?:^|\/)\.env/;
const ALWAYS = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'docs/guide/README.md'];

/**
 * Runs a program in the repository, and returns its output.
 *
 * @param {string} program
 * @param {readonly string[]} words
 */
export function run(program, words) {
  return execFileSync(program, words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {boolean} isOk
 * @property {string} said
 */

/**
 * @param {{
 *   version: string,
 *   addresses: Readonly<Record<string, string | undefined>>,
 *   manifest: any,
 *   changelog: string,
 *   tested: string | undefined
 * }} release
 * @returns {readonly Check[]}
 */
export function checkRelease({ version, addresses, manifest, changelog, tested }) {
  return [
    checkTree(),
    checkTag(version),
    checkChangelog(changelog),
    check(
      'version',
      versionProblem(version, readChangelog(changelog), manifest.version),
      `${version} follows`,
    ),
    ...Object.entries(addresses).map(([name, address]) => checkAddress(name, address)),
    checkTested(tested),
    checkContents(manifest),
  ];
}

function check(name, problem, said) {
  return { name, isOk: problem === undefined, said: problem ?? said };
}

function checkTree() {
  const changed = run('git', ['status', '--porcelain']).match(/^...(.+)$/gm) ?? [];
  const names = changed.map((line) => line.slice(3)).slice(0, 3);
  const problem = `commit or undo these changes first: ${names.join(', ')}`;
  return check('working tree', names.length === 0 ? undefined : problem, 'no changes');
}

function checkTag(version) {
  const found = run('git', ['tag', '--list', `v${version}`]).trim();
  return check('tag', found === '' ? undefined : `${found} already exists`, `v${version} is free`);
}

function checkChangelog(text) {
  const { sections, problem } = readChangelog(text);
  const counts = sections.map(({ title, entries }) => `${title} ${entries.length}`);
  return check('changelog', problem, counts.join(', '));
}

function checkAddress(name, address) {
  const missing = `there is no address; give --${name} https://…`;
  return check(name, address === undefined ? missing : addressProblem(address), address);
}

/** Whether the tests have passed is no problem here: if they have not, the release runs them. */
function checkTested(tested) {
  const isTested = tested !== undefined && tested === treeOfHead();
  return check('tests', undefined, isTested ? 'npm test has passed for this commit' : 'run npm test first');
}

/** Checks what npm would publish, without writing the package. */
function checkContents(manifest) {
  const [packed] = JSON.parse(run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']));
  const files = packed.files.map(({ path }) => path);
  const missing = [...ALWAYS, ...entriesOf(manifest)].filter((file) => !files.includes(file));
  const foreign = files.filter((file) => NOT_PUBLISHED.test(file));
  const problem =
    missing.length > 0
      ? `it lacks ${missing.join(', ')}`
      : foreign.length > 0
        ? `it has ${foreign.slice(0, 3).join(', ')}, which is not for users`
        : undefined;
  const kilobytes = (bytes) => `${Math.round(bytes / 1000).toLocaleString('en')} kB`;
  return check(
    'package',
    problem,
    `${files.length} files, ${kilobytes(packed.size)}, unpacked ${kilobytes(packed.unpackedSize)}`,
  );
}

/** Returns the files that package.json names as entries. */
function entriesOf({ exports, bin }) {
  const named = Object.values(exports).flatMap((one) =>
    typeof one === 'string' ? [one] : Object.values(one),
  );
  return [...named, ...Object.values(bin)].map((file) => file.replace(/^\.\//, ''));
}

/** Returns the package.json on the disk. */
export function readManifest() {
  return readJson(join(root, 'package.json'));
}
