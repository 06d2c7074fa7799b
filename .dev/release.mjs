/**
 * Makes a release: checks that everything is ready, writes the version and the addresses, commits, tags and publishes.
 * See docs/contributing.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import semver from 'semver';
import { root } from './prepare/places.mjs';
import { ADDRESSES, withAddresses } from './release/addresses.mjs';
import { nextVersion, readChangelog, withRelease } from './release/changelog.mjs';
import { checkRelease, readManifest, run } from './release/checks.mjs';
import { lastTested, treeOfHead } from './release/tested.mjs';
import { runStep, script } from './step.mjs';

const HELP = `Usage: npm run release -- [version] [options]

Checks that a release is ready, writes its version and the addresses into package.json and the changelog, commits, tags and
publishes it. The changelog decides the version, unless you name one: 1.2.3, patch, minor or major.

  --repository <url>   where the sources are
  --homepage <url>     the website
  --bugs <url>         where problems are reported
                       package.json keeps the ones it has; the command asks for the ones it lacks
  --dry-run            check everything and show what would be done; write nothing, publish nothing
  --no-publish         do everything but npm publish
  --npm-tag <name>     the tag of npm: latest by default, next for versions such as 1.0.0-rc.1
  --yes                publish without asking
  --help               show this

Exits with 1 if something is not ready.`;

const OPTIONS = {
  ...Object.fromEntries(Object.keys(ADDRESSES).map((name) => [name, { type: 'string' }])),
  'dry-run': { type: 'boolean', default: false },
  publish: { type: 'boolean', default: true },
  'npm-tag': { type: 'string' },
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};
const CHANGELOG = join(root, 'CHANGELOG.md');

try {
  const { values, positionals } = parseArgs({
    options: OPTIONS,
    allowPositionals: true,
    allowNegative: true,
  });
  if (values.help) console.log(HELP);
  else await release(positionals, values);
} catch (error) {
  if (!(error instanceof TypeError && String(error.code).startsWith('ERR_PARSE_ARGS'))) throw error;
  console.error(`${error.message}\n\n${HELP}`);
  process.exitCode = 2;
}

async function release([named], options) {
  const manifest = readManifest();
  const changelog = readFileSync(CHANGELOG, 'utf8');
  const version = versionOf(named, readChangelog(changelog), manifest.version);
  const addresses = await addressesOf(manifest, options);
  const isDry = options['dry-run'];
  console.log(
    `${manifest.name} ${version}${isDry ? ', a dry run: nothing is written and nothing is published' : ''}\n`,
  );
  const checks = checkRelease({ version, addresses, manifest, changelog, tested: lastTested() });
  for (const { name, isOk, said } of checks)
    console.log(`${isOk ? 'ok    ' : 'failed'}  ${name.padEnd(12)}  ${said}`);
  const failed = checks.filter(({ isOk }) => !isOk);
  const plan = { manifest, changelog, version, addresses, options };
  if (failed.length > 0) {
    console.error(`\nNot ready: ${failed.map(({ name }) => name).join(', ')}.`);
    process.exitCode = 1;
  } else if (isDry)
    console.log(
      `\n${stepsOf(plan)
        .map((step) => `would ${step}`)
        .join('\n')}`,
    );
  else await carryOut(plan);
}

/** Returns the version to release. `patch`, `minor` and `major` count from the last release. */
function versionOf(named, changelog, present) {
  if (named === undefined) return nextVersion(changelog, present);
  const isStep = ['patch', 'minor', 'major'].includes(named);
  return isStep ? semver.inc(changelog.previous ?? present, named) : named.replace(/^v/, '');
}

/**
 * Returns the addresses from the options, else from package.json, else from the person at the terminal, if there is
 * one.
 */
async function addressesOf(manifest, options) {
  const addresses = {};
  for (const [name, { about, read }] of Object.entries(ADDRESSES)) {
    const known = options[name] ?? read(manifest);
    addresses[name] = known ?? (process.stdin.isTTY ? await ask(`${name} (${about}): `) : undefined);
  }
  return addresses;
}

async function ask(question) {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question(question);
  lines.close();
  return answer.trim() || undefined;
}

function npmTagOf({ version, options }) {
  return options['npm-tag'] ?? (semver.prerelease(version) === null ? 'latest' : 'next');
}

function stepsOf(plan) {
  const { manifest, version, addresses, options } = plan;
  const written = Object.entries(addresses).map(([name, url]) => `${name} ${url}`);
  return [
    ...(lastTested() === treeOfHead() ? [] : ['run npm test']),
    'run npm run build',
    `write package.json: version ${version}, ${written.join(', ')}`,
    `write CHANGELOG.md: [Unreleased] becomes [${version}]`,
    `commit “Release ${version}” and tag it v${version}`,
    ...(options.publish ? [`publish ${manifest.name}@${version} with the tag ${npmTagOf(plan)}`] : []),
  ];
}

async function carryOut(plan) {
  const { version, options } = plan;
  const before = [...(lastTested() === treeOfHead() ? [] : ['test']), 'build'];
  for (const name of before) {
    const { isOk } = await runStep(script(name));
    if (!isOk) return giveUp(`npm run ${name} failed, and nothing was written`);
  }
  const mayPublish = options.publish && (await isAllowed(plan));
  if (options.publish && !mayPublish) return giveUp('not published, and nothing was written');
  write(plan);
  run('git', [
    'commit',
    '--quiet',
    '--message',
    `Release ${version}`,
    'package.json',
    'package-lock.json',
    'CHANGELOG.md',
  ]);
  run('git', ['tag', '--annotate', `v${version}`, '--message', `Release ${version}`]);
  console.log(`\ncommitted, and tagged v${version}`);
  if (mayPublish) {
    const { isOk } = await runStep({
      name: 'npm publish',
      command: ['npm', 'publish', '--tag', npmTagOf(plan)],
    });
    if (!isOk)
      return giveUp(
        `the commit and the tag exist; when you have fixed the cause, run: npm publish --tag ${npmTagOf(plan)}`,
      );
  }
  console.log('Push it with: git push --follow-tags');
}

async function isAllowed({ manifest, version, options }) {
  if (options.yes) return true;
  if (!process.stdin.isTTY) return false;
  return (await ask(`\nPublish ${manifest.name}@${version}? (yes/no) `)) === 'yes';
}

function write({ manifest, changelog, version, addresses }) {
  const writeJson = (name, value) =>
    writeFileSync(join(root, name), `${JSON.stringify(value, undefined, 2)}\n`);
  writeJson('package.json', withAddresses(manifest, version, addresses));
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  lock.packages[''].version = version;
  writeJson('package-lock.json', { ...lock, version });
  writeFileSync(CHANGELOG, withRelease(changelog, version, new Date().toISOString().slice(0, 10)));
}

function giveUp(problem) {
  console.error(`release: ${problem}`);
  process.exitCode = 1;
}
