import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../helpers/temporary.js';
import { binary, errorIn, run, runProcess, siteFolder, writeConfig } from './run.js';

const commands = ['nginx', 'apache', 'caddy', 'delete', 'list'];

describe('help', () => {
  test('of the program names every command, the exit codes and examples', async () => {
    const { code, stdout, stderr } = await run(['--help'], { folder: await temporaryFolder() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} .*  \\S`, 'm'));
    for (const exitCode of [0, 1, 2]) expect(stdout).toMatch(new RegExp(`^  ${exitCode}  \\S`, 'm'));
    expect(stdout).toMatch(/^ {2}\$ staticgenerator \S/m);
  });

  test.each(commands)('of %s has an example and the options that every command has', async (command) => {
    const { code, stdout, stderr } = await run([command, '--help'], {
      folder: await temporaryFolder(),
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^ {2}\\$ .*staticgenerator ${command} `, 'm'));
    for (const option of ['--json', '--config <file>', '--help']) expect(stdout).toContain(`  ${option} `);
  });

  test('is the same through the help command', async () => {
    const folder = await temporaryFolder();
    const [byCommand, byOption] = [
      await run(['help', 'list'], { folder }),
      await run(['list', '--help'], { folder }),
    ];
    expect(byCommand).toEqual(byOption);
  });

  test('has no trace of colour on a terminal that wants none', async () => {
    const outcome = await run(['list', '--help'], { folder: await temporaryFolder(), isTerminal: true });
    expect(outcome.stdout).not.toContain('\u001b');
  });
});

test.each(commands)('the reference has a line for every option of %s, and for no other', async (command) => {
  const reference = readFileSync(new URL('../../docs/reference/commands.md', import.meta.url), 'utf8');
  const sections = reference.split(/^## /m);
  const described = ['What all commands share', command].flatMap((title) => {
    const section = sections.find((text) => text.startsWith(`${title}\n`)) ?? '';
    const firstCells = section.match(/(?<=^\|)[^|]*/gm) ?? [];
    return firstCells.flatMap((cell) => cell.match(/--\w[\w-]+(?: <\w+>)?/g) ?? []);
  });
  const { stdout } = await run([command, '--help'], { folder: await temporaryFolder() });
  const known = stdout.match(/(?<=^ {2})--[\w-]+(?: <\w+>)?/gm);
  expect(described.toSorted()).toEqual(known?.toSorted());
});

test('--version prints that of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(await run(['--version'], { folder: await temporaryFolder() })).toEqual({
    code: 0,
    stdout: `${version}\n`,
    stderr: '',
  });
});

test('the published file starts with a shebang', () => {
  expect(readFileSync(binary, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});

describe('wrong usage ends with 2, says what is wrong, and names the help', () => {
  test.each([
    ['no command', [], /^error: Expected a command \(.*\blist\b.*\), got none\n/, 'staticgenerator --help'],
    [
      'an unknown command',
      ['lsit'],
      /^error: unknown command 'lsit'\n\(Did you mean list\?\)/,
      'staticgenerator --help',
    ],
    [
      'the option of nginx that the README begins with',
      ['list', '--app', './pages.js'],
      /unknown option '--app'\nOnly `nginx` takes it.*staticgenerator\.config\.js.*app: \(\) => import\("\.\/app\.js"\)/,
      'staticgenerator list --help',
    ],
    [
      'an unknown option',
      ['list', '--limt', '3'],
      /unknown option '--limt'\n\(Did you mean --limit\?\)/,
      'staticgenerator list --help',
    ],
    ['an option without its value', ['list', '--tag'], /argument missing/, 'staticgenerator list --help'],
    [
      'an argument too many',
      ['list', '/a', '/b'],
      /Expected 1 argument but got 2/,
      'staticgenerator list --help',
    ],
  ])('%s', async (_, words, message, help) => {
    const { folder } = await siteFolder();
    const { code, stdout, stderr } = await run(words, { folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(new RegExp(`\nSee: ${help}\n$`));
  });

  test('in JSON where that is asked for, and nothing else', async () => {
    const outcome = await run(['lsit', '--json'], { folder: await temporaryFolder() });
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr.trimEnd()).not.toContain('\n');
    expect(errorIn(outcome)).toEqual({
      code: 'ERR_USAGE',
      message: expect.stringContaining("unknown command 'lsit'"),
    });
  });

  test('a --json after -- is no option', async () => {
    const { folder } = await siteFolder();
    expect((await run(['delete', '--', '--json'], { folder })).stderr).toMatch(/^error: /);
  });
});

describe('the configuration', () => {
  test.each(commands)(
    'is needed by %s: without one it ends with 2 and says what was looked for',
    async (command) => {
      const folder = await temporaryFolder();
      const words = [command, ...(command === 'delete' ? ['/'] : [])];
      const { code, stdout, stderr } = await run(words, { folder });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('staticgenerator.config.ts');
      expect(stderr).toContain(folder);
      expect(stderr).toContain('--config <file>');
    },
  );

  test.each(commands)('is taken by %s from --config, before the command or after it', async (command) => {
    const { folder, webRoot } = await siteFolder();
    const elsewhere = await temporaryFolder();
    const config = ['--config', join(folder, 'staticgenerator.config.json')];
    const words = [command, ...(command === 'delete' ? ['/'] : [])];
    for (const line of [
      [...words, ...config],
      [...config, ...words],
    ]) {
      const { code, stdout, stderr } = await run(line, { folder: elsewhere });
      expect(code).toBe(0);
      expect(stdout + stderr).toContain(webRoot);
    }
  });

  test('with wrong options ends with 2, every problem, and the name of the file', async () => {
    const { folder } = await siteFolder({ urls: 'all', maxBodyBytes: -1 });
    const { code, stderr } = await run(['list'], { folder });
    expect(code).toBe(2);
    expect(stderr).toContain('Expected `urls` to be an array');
    expect(stderr).toContain('Expected `maxBodyBytes` to be a positive whole number');
    expect(stderr).toContain(join(folder, 'staticgenerator.config.json'));
  });

  test('with wrong options is an error with its problems as data in JSON', async () => {
    const { folder } = await siteFolder({ urls: 'all', maxBodyBytes: -1 });
    const error = errorIn(await run(['list', '--json'], { folder }));
    expect(error).toMatchObject({
      code: 'ERR_OPTIONS',
      path: join(folder, 'staticgenerator.config.json'),
      problems: [{ option: 'urls' }, { option: 'maxBodyBytes' }],
    });
  });

  test('without a web root takes the environment variable WEB_ROOT', async () => {
    const folder = await temporaryFolder();
    await writeConfig(folder, { urls: ['^/'] });
    expect(await run(['list'], { folder })).toMatchObject({ code: 2 });
    const outcome = await run(['list'], { folder, environment: { WEB_ROOT: '/nowhere/pages' } });
    expect(outcome).toMatchObject({
      code: 0,
      stderr: 'No pages: WEB_ROOT /nowhere/pages does not exist yet\n',
    });
  });

  test('that logs does not get into the result', async () => {
    const { folder, webRoot } = await siteFolder();
    const content = `console.log('settings read');\nexport default ${JSON.stringify({ webRoot, urls: ['^/'] })};\n`;
    await writeFile(join(folder, 'logs.mjs'), content);
    const words = ['list', '--json', '--config', 'logs.mjs'];
    const { stdout, stderr } = await runProcess(words, { folder });
    expect({ listed: JSON.parse(stdout), stderr }).toEqual({ listed: [], stderr: 'settings read\n' });
  });

  test('names its web root from the working directory, not from its own folder', async () => {
    const { folder } = await siteFolder({ webRoot: 'var/www' });
    const elsewhere = await temporaryFolder();
    const words = ['nginx', '--no-brotli', '--json', '--config', join(folder, 'staticgenerator.config.json')];
    const { stdout } = await run(words, { folder: elsewhere });
    expect(JSON.parse(stdout).options.webRoot).toBe(join(elsewhere, 'var/www'));
  });

  test('that keeps something open does not keep the command from ending', async () => {
    const { folder } = await siteFolder();
    await writeFile(
      join(folder, 'open.mjs'),
      "setInterval(() => {}, 1000);\nexport default { webRoot: 'pages', urls: [] };\n",
    );
    expect(await runProcess(['list', '--config', 'open.mjs'], { folder })).toMatchObject({ code: 0 });
  });
});

describe('a WEB_ROOT that cannot be used', () => {
  test.each(['list', 'delete'])(
    'because it is somebody else’s: %s ends with 2 and leaves it alone',
    async (command) => {
      const { folder, webRoot } = await foreignFolder();
      const outcome = await run([command, ...(command === 'delete' ? ['--all'] : []), '--json'], { folder });
      expect(outcome).toMatchObject({ code: 2, stdout: '' });
      expect(errorIn(outcome)).toMatchObject({ code: 'ERR_WEB_ROOT_FOREIGN', path: webRoot });
      expect(readFileSync(join(webRoot, 'precious.txt'), 'utf8')).toBe('precious');
      expect(existsSync(join(webRoot, '.staticgenerator'))).toBe(false);
    },
  );

  test.each(['list', 'delete'])('because it is a file: %s ends with 1', async (command) => {
    const { folder, webRoot } = await siteFolder();
    await writeFile(webRoot, '');
    const outcome = await run([command, ...(command === 'delete' ? ['/'] : []), '--json'], { folder });
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(errorIn(outcome)).toMatchObject({ code: 'ERR_WEB_ROOT_UNUSABLE', path: webRoot });
  });
});

async function foreignFolder() {
  const site = await siteFolder();
  await mkdir(site.webRoot);
  await writeFile(join(site.webRoot, 'precious.txt'), 'precious');
  return site;
}

test('list loads no package that other commands and sites need', async () => {
  const { folder } = await siteFolder();
  const script = `import module from 'node:module';
    process.on('exit', () => process.stderr.write(Object.keys(module._cache).join('\\n')));`;
  const node = ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
  const { stderr } = await runProcess(['list', '--json'], { folder, node });
  const loaded = new Set([...stderr.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].map(([, name]) => name));
  expect(loaded).toContain('commander');
  for (const name of ['pino', 'mime-types', 'cli-progress', 'express', 'redis', 'scslre', 'parse5'])
    expect(loaded).not.toContain(name);
});
