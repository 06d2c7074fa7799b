import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { leastStep, nextVersion, readChangelog, versionProblem } from '../../.dev/release/changelog.mjs';
import { repository } from '../docs/markdown.js';
import { temporaryFolder } from '../helpers/temporary.js';

/** Addresses at real hosts, with a made-up name. The script does not open them, but only writes them. */
const ADDRESSES = [
  ...['--repository', 'https://codeberg.org/somebody/pages'],
  ...['--homepage', 'https://somebody.codeberg.page', '--bugs', 'https://codeberg.org/somebody/pages/issues'],
];
const CHANGELOG = `# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Pages of wood.\n\n## [0.3.1] - 2026-01-02\n\n### Fixed\n\n- A knot.\n`;

describe('a dry run', () => {
  test('says that all is ready, and what would be done, and does none of it', async () => {
    const project = await createProject();
    const before = project.state();
    const { status, stdout, stderr } = project.release('--dry-run', ...ADDRESSES);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('staticgenerator 0.4.0, a dry run');
    expect(stdout).toMatch(/^ok +tests +run npm test first$/m);
    expect(stdout).toMatch(/^ok +package +\d+ files, [\d,]+ kB, unpacked [\d,]+ kB$/m);
    expect(stdout.match(/^would .+$/gm)).toEqual([
      'would run npm test',
      'would run npm run build',
      'would write package.json: version 0.4.0, repository https://codeberg.org/somebody/pages, homepage https://somebody.codeberg.page, bugs https://codeberg.org/somebody/pages/issues',
      'would write CHANGELOG.md: [Unreleased] becomes [0.4.0]',
      'would commit “Release 0.4.0” and tag it v0.4.0',
      'would publish staticgenerator@0.4.0 with the tag latest',
    ]);
    expect(project.state()).toEqual(before);
  });

  test('finds everything that is missing at once, and says what to do', async () => {
    const project = await createProject({
      changelog: '# Changelog\n\n## [Unreleased]\n\n## [0.3.1] - 2026-01-02\n',
    });
    project.write('README.md', 'Changed, and not committed.');
    project.git('tag', 'v0.5.1');
    const { status, stdout, stderr } = project.release(
      '0.5.1',
      '--dry-run',
      '--homepage',
      'https://www.example.com',
    );
    expect(status).toBe(1);
    const failed = stdout.split('\n').filter((line) => line.startsWith('failed'));
    expect(failed.map((line) => line.replaceAll(/ {2,}/g, ': '))).toEqual([
      'failed: working tree: commit or undo these changes first: README.md',
      'failed: tag: v0.5.1 already exists',
      'failed: changelog: [Unreleased] is empty',
      'failed: version: after 0.3.1, the changelog calls for 0.3.2 or 0.4.0 or 1.0.0',
      'failed: repository: there is no address; give --repository https://…',
      'failed: homepage: nobody can open https://www.example.com',
      'failed: bugs: there is no address; give --bugs https://…',
    ]);
    expect(stderr).toBe('\nNot ready: working tree, tag, changelog, version, repository, homepage, bugs.\n');
  });

  test.each([
    ['lacks a file that package.json names', 'dist/index.js', undefined, 'it lacks dist/index.js'],
    [
      'has what is not for users',
      'nginx/var/cache.bin',
      'x',
      'it has nginx/var/cache.bin, which is not for users',
    ],
  ])('fails for a package that %s', async (_, file, content, said) => {
    const project = await createProject({ files: { [file]: content } });
    const { status, stdout } = project.release('--dry-run', ...ADDRESSES);
    expect(status).toBe(1);
    expect(stdout).toMatch(new RegExp(`^failed +package +${said}$`, 'm'));
  });
});

describe('a release', () => {
  test('writes version and addresses, commits and tags; the next one keeps the addresses, and needs none', async () => {
    const project = await createProject();
    project.noteTested();
    const { status, stderr, stdout } = project.release('--no-publish', ...ADDRESSES);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^ok +tests +npm test has passed for this commit$/m);
    expect(stdout).toContain('Push it with: git push --follow-tags');
    const manifest = project.json('package.json');
    expect(manifest).toMatchObject({
      version: '0.4.0',
      repository: { type: 'git', url: 'git+https://codeberg.org/somebody/pages.git' },
      homepage: 'https://somebody.codeberg.page',
      bugs: { url: 'https://codeberg.org/somebody/pages/issues' },
    });
    const names = Object.keys(manifest);
    expect(names.slice(names.indexOf('license') + 1, names.indexOf('type'))).toEqual([
      'repository',
      'homepage',
      'bugs',
    ]);
    expect(project.json('package-lock.json')).toMatchObject({
      version: '0.4.0',
      packages: { '': { version: '0.4.0' } },
    });
    expect(project.read('CHANGELOG.md')).toMatch(
      /^# Changelog\n\n## \[Unreleased\]\n\n## \[0\.4\.0\] - \d{4}-\d\d-\d\d\n\n### Added\n\n- Pages of wood\./,
    );
    expect(project.git('log', '-1', '--format=%s').trim()).toBe('Release 0.4.0');
    expect(project.git('describe').trim()).toBe('v0.4.0');
    expect(project.git('status', '--porcelain')).toBe('');

    const changelog = project.read('CHANGELOG.md');
    project.write(
      'CHANGELOG.md',
      changelog.replace('[Unreleased]\n', '[Unreleased]\n\n### Fixed\n\n- A splinter.\n'),
    );
    project.git('commit', '-qam', 'Mend a splinter');
    project.noteTested();
    const before = project.json('package.json');
    const next = project.release('--no-publish');
    expect([next.status, next.stdout.split('\n', 1)[0]]).toEqual([0, 'staticgenerator 0.4.1']);
    expect(project.json('package.json')).toEqual({ ...before, version: '0.4.1' });
  });

  test('does nothing without leave to publish, where nobody can be asked', async () => {
    const project = await createProject();
    project.noteTested();
    const before = project.state();
    const { status, stderr } = project.release(...ADDRESSES);
    expect([status, stderr]).toEqual([1, 'release: not published, and nothing was written\n']);
    expect(project.state()).toEqual(before);
  });

  test('does nothing if the tests fail', async () => {
    const project = await createProject({ scripts: { test: 'exit 3', build: 'true' } });
    const before = project.state();
    const { status, stderr } = project.release('--no-publish', ...ADDRESSES);
    expect(status).toBe(1);
    expect(stderr).toContain('npm run test failed, and nothing was written');
    expect(project.state()).toEqual(before);
  });
});

describe('the version that a changelog asks for', () => {
  test.each([
    ['0.3.1', '### Fixed\n\n- A', '0.3.2'],
    ['0.3.1', '### Security\n\n- A', '0.3.2'],
    ['0.3.1', '### Added\n\n- A', '0.4.0'],
    ['0.3.1', '### Removed\n\n- A', '0.4.0'],
    ['0.3.1', '### Changed\n\n- **Breaking:** A', '0.4.0'],
    ['1.3.1', '### Fixed\n\n- A', '1.3.2'],
    ['1.3.1', '### Added\n\n- A\n\n### Fixed\n\n- B', '1.4.0'],
    ['1.3.1', '### Deprecated\n\n- A', '1.4.0'],
    ['1.3.1', '### Removed\n\n- A', '2.0.0'],
    ['1.3.1', '### Fixed\n\n- **Breaking:** A', '2.0.0'],
    // A heading without entries does not count.
    ['1.3.1', '### Removed\n\n### Fixed\n\n- A', '1.3.2'],
  ])('after %s with %j is %s', (previous, unreleased, expected) => {
    const changelog = readChangelog(`## [Unreleased]\n\n${unreleased}\n\n## [${previous}] - 2026-01-02\n`);
    expect(nextVersion(changelog, previous)).toBe(expected);
    expect(versionProblem(expected, changelog, previous)).toBeUndefined();
    expect(versionProblem(`${expected}-rc.1`, changelog, previous)).toBeUndefined();
    const tooSmall = leastStep(changelog) === 'patch' ? previous : '1.3.2';
    if (tooSmall !== expected) expect(versionProblem(tooSmall, changelog, previous)).toMatch(/calls for/);
  });

  test('is that of package.json before the first release', () => {
    const changelog = readChangelog('## [Unreleased]\n\n### Added\n\n- A\n');
    expect(nextVersion(changelog, '0.1.0')).toBe('0.1.0');
    expect(versionProblem('0.0.9', changelog, '0.1.0')).toMatch(/older/);
    expect(versionProblem('soon', changelog, '0.1.0')).toMatch(/expected a version/);
  });

  test('is asked of this project’s own changelog', () => {
    const changelog = readChangelog(readFileSync(join(repository, 'CHANGELOG.md'), 'utf8'));
    const isRightAfterRelease = changelog.problem === '[Unreleased] is empty';
    expect(isRightAfterRelease || changelog.problem === undefined, changelog.problem).toBe(true);
  });
});

interface ProjectOptions {
  readonly changelog?: string;
  /** More files of the project, by name. `undefined` leaves out a file. */
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** Creates a repository of a small package with the release script of this one. */
async function createProject({ changelog = CHANGELOG, files = {}, scripts }: ProjectOptions = {}) {
  const folder = await temporaryFolder();
  const git = (...words: string[]) => run('git', words, folder).stdout;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  cpSync(join(repository, '.dev'), join(folder, '.dev'), { recursive: true });
  mkdirSync(join(folder, 'node_modules/.cache/staticgenerator'), { recursive: true });
  symlinkSync(join(repository, 'node_modules/semver'), join(folder, 'node_modules/semver'));
  const manifest = {
    ...{ name: 'staticgenerator', version: '0.3.1', license: 'MIT', type: 'module' },
    ...{ bin: { staticgenerator: 'dist/cli/main.js' }, exports: { '.': { default: './dist/index.js' } } },
    ...{
      files: ['dist', 'nginx', 'docs', 'CHANGELOG.md'],
      scripts: scripts ?? { build: 'true', test: 'true' },
    },
  };
  const all: Record<string, string | undefined> = {
    'package.json': `${JSON.stringify(manifest, undefined, 2)}\n`,
    'package-lock.json': JSON.stringify({
      version: '0.3.1',
      lockfileVersion: 3,
      packages: { '': { version: '0.3.1' } },
    }),
    'CHANGELOG.md': changelog,
    '.gitignore': 'node_modules\n',
    ...{ 'README.md': 'Read me', LICENSE: 'MIT', 'docs/guide/README.md': 'Guide' },
    ...{ 'dist/index.js': '', 'dist/cli/main.js': '' },
    ...files,
  };
  for (const [file, text] of Object.entries(all)) if (text !== undefined) write(file, text);
  git('init', '--quiet', '--initial-branch', 'main');
  git('config', 'user.email', 'somebody@example.com');
  git('config', 'user.name', 'Somebody');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Begin');
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return {
    git,
    read,
    write,
    json: (file: string) => JSON.parse(read(file)),
    /** Records what `npm test` records when everything has passed. */
    noteTested: () =>
      write(
        'node_modules/.cache/staticgenerator/tested.json',
        JSON.stringify({ tree: git('rev-parse', 'HEAD^{tree}').trim() }),
      ),
    release: (...words: string[]) => run(process.execPath, ['.dev/release.mjs', ...words], folder),
    state: () => [
      git('rev-parse', 'HEAD'),
      git('status', '--porcelain', '--ignored'),
      git('tag'),
      read('package.json'),
    ],
  };
}

/** Runs a program without a terminal, so that it asks nothing. */
function run(program: string, words: readonly string[], folder: string) {
  return spawnSync(program, words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
