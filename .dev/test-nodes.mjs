/**
 * Runs the checks and the tests with other versions of Node. The native part of better-sqlite3 differs between them, so
 * each version gets a copy of the checkout with node modules of its own.
 */
import { chmodSync, cpSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNode, provideFor } from './prepare/node.mjs';
import { root } from './prepare/places.mjs';
import { printSummary, runStep } from './step.mjs';

/**
 * The first Node that better-sqlite3 13 supports. One binary of 13 fits every later Node; 12 has a binary for each
 * Node.
 */
const SQLITE_13 = 22;

const HELP = `Usage: node .dev/test-nodes.mjs <version>… [-- <options and files for vitest>]

Copies the checkout with its node modules to a temporary folder for each version of Node, gets that Node from the
registry (its package is "node"), runs npm test there, and prints a summary. Exits with 1 if any failed. From Node ${SQLITE_13}
on it tests with better-sqlite3 13, which is what an app on that Node installs.

  node .dev/test-nodes.mjs 22 24 26
  node .dev/test-nodes.mjs 24 -- test/page test/store`;

/** node_modules may be a link, and is copied separately. */
const LEFT_OUT = ['node_modules', 'dist', '.git'];

const words = process.argv.slice(2);
const end = words.includes('--') ? words.indexOf('--') : words.length;
const versions = words.slice(0, end);
if (versions.length === 0 || !versions.every((version) => /^\d+(?:\.\d+)*$/.test(version))) {
  console.error(HELP);
  process.exitCode = words.includes('--help') ? 0 : 2;
} else await testVersions(versions, words.slice(end + 1));

async function testVersions(versions, forVitest) {
  const steps = [];
  for (const version of versions) steps.push(await testVersion(version, forVitest));
  printSummary(steps);
}

async function testVersion(version, forVitest) {
  const name = `Node ${version}`;
  console.log(`\n${name}`);
  const { ok, node, output } = findNode(version);
  if (!ok) {
    console.error(`${name} could not be fetched: ${output.trim()}`);
    return { name, isOk: false, seconds: 0 };
  }
  const folder = copyCheckout(version);
  try {
    const programs = join(folder, 'node_modules/.cache/node');
    provideFor(node, programs);
    const environment = { PATH: `${programs}:${process.env.PATH}` };
    if (Number.parseInt(version, 10) >= SQLITE_13) {
      const update = [
        'npm',
        'install',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        'better-sqlite3@^13.0.0',
      ];
      const updated = await runStep({
        name: 'better-sqlite3',
        command: update,
        environment,
        folder,
        isQuiet: true,
      });
      if (!updated.isOk) return { ...updated, name };
    }
    return await runStep({ name, command: ['npm', 'test', '--', ...forVitest], environment, folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function copyCheckout(version) {
  const copy = mkdtempSync(join(tmpdir(), `staticgenerator-node-${version}-`));
  // In some tests, a process of a user without rights reads the sources.
  chmodSync(copy, 0o755);
  for (const name of readdirSync(root))
    if (!LEFT_OUT.includes(name))
      cpSync(join(root, name), join(copy, name), { recursive: true, verbatimSymlinks: true });
  // This includes the programs that prepare.mjs found: they suit every version, and are too large to download again.
  const modules = realpathSync(join(root, 'node_modules'));
  cpSync(modules, join(copy, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  return copy;
}
