import semver from 'semver';

/**
 * Returns what the changelog says about the next release, and the version before it.
 *
 * @param {string} text of CHANGELOG.md
 * @returns {{
 *   previous: string | undefined,
 *   sections: readonly { title: string, entries: readonly string[] }[],
 *   problem: string | undefined
 * }}
 */
export function readChangelog(text) {
  const releases = text.split(/^## /m).slice(1);
  const [unreleased = '', ...others] = releases;
  const previous = others.map((one) => /^\[([^\]]+)\]/.exec(one)?.[1]).find((name) => semver.valid(name));
  if (!unreleased.startsWith('[Unreleased]'))
    return { previous, sections: [], problem: 'it has no section [Unreleased] at its top' };
  const sections = unreleased
    .split(/^### /m)
    .slice(1)
    .map((one) => ({ title: (one.split('\n', 1)[0] ?? '').trim(), entries: one.match(/^- .+/gm) ?? [] }));
  const isEmpty = sections.every(({ entries }) => entries.length === 0);
  const unknown = sections.find(({ title }) => !KNOWN.includes(title));
  const problem = isEmpty
    ? '[Unreleased] is empty'
    : unknown && `“${unknown.title}” is not one of ${KNOWN.join(', ')}`;
  return { previous, sections, problem };
}

/** The sections of Keep a Changelog. */
const KNOWN = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
const OF_A_PATCH = ['Fixed', 'Security'];
const LEVELS = /** @type {const} */ (['patch', 'minor', 'major']);

/**
 * Returns the smallest step of the version that the changes allow. See docs/reference/versions.md.
 *
 * @param {ReturnType<typeof readChangelog>} changelog
 * @returns {typeof LEVELS[number]}
 */
export function leastStep({ previous, sections }) {
  const filled = sections.filter(({ entries }) => entries.length > 0);
  const breaks = filled.some(
    ({ title, entries }) => title === 'Removed' || entries.some((entry) => entry.startsWith('- **Breaking')),
  );
  const isStable = previous !== undefined && semver.major(previous) > 0;
  if (breaks && isStable) return 'major';
  return filled.every(({ title }) => OF_A_PATCH.includes(title)) ? 'patch' : 'minor';
}

/**
 * Returns the version to release if none is named. Before the first release it is the version in package.json.
 *
 * @param {ReturnType<typeof readChangelog>} changelog
 * @param {string} present
 */
export function nextVersion(changelog, present) {
  return changelog.previous === undefined ? present : semver.inc(changelog.previous, leastStep(changelog));
}

/**
 * Returns why a version cannot follow the last release, or undefined if it can.
 *
 * @param {string} version
 * @param {ReturnType<typeof readChangelog>} changelog
 * @param {string} present the version in package.json
 * @returns {string | undefined}
 */
export function versionProblem(version, changelog, present) {
  if (semver.valid(version) !== version) return `expected a version such as 1.2.3, got ${version}`;
  const { previous } = changelog;
  if (previous === undefined)
    return semver.lt(version, present)
      ? `it is older than ${present}, the version in package.json`
      : undefined;
  const least = leastStep(changelog);
  const steps = LEVELS.slice(LEVELS.indexOf(least)).map((step) => semver.inc(previous, step));
  const [target = ''] = version.split('-');
  if (steps.includes(target)) return undefined;
  return `after ${previous}, the changelog calls for ${steps.join(' or ')}`;
}

/**
 * Returns the changelog in which the unreleased changes are those of a release.
 *
 * @param {string} text
 * @param {string} version
 * @param {string} date
 */
export function withRelease(text, version, date) {
  return text.replace(/^## \[Unreleased\]$/m, `## [Unreleased]\n\n## [${version}] - ${date}`);
}
