import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as light from '../../src/config/exports.js';
import * as all from '../../src/index.js';
import { temporaryFolder } from '../helpers/temporary.js';
import { runProcess } from './run.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const hasHooks = 'registerHooks' in process.getBuiltinModule('node:module');
const importing = (names: string) => `import { ${names} } from 'staticgenerator';`;
const options = `{ webRoot: import.meta.dirname + '/pages', urls: [/^\\//] }`;

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}

/**
 * Runs a command in a folder with a configuration file. Returns its output, and the files of the package that it
 * loaded.
 */
async function load(words: readonly string[], config = '') {
  const folder = await temporaryFolder();
  const coverage = join(folder, 'coverage');
  await mkdir(join(folder, 'node_modules'));
  symlinkSync(repository, join(folder, 'node_modules/staticgenerator'));
  writeFileSync(join(folder, 'staticgenerator.config.mjs'), config);
  const outcome = await runProcess(words, { folder, environment: { NODE_V8_COVERAGE: coverage } });
  const [report = ''] = readdirSync(coverage);
  const { result } = JSON.parse(readFileSync(join(coverage, report), 'utf8')) as Coverage;
  const dist = new URL('../../dist/', import.meta.url).href;
  const files = result.flatMap(({ url }) => (url.startsWith(dist) ? [url.slice(dist.length)] : []));
  return { outcome, files };
}

const COMMANDS = /^cli\/commands\//;
const CONFIGURATION =
  /^(?:config|config-file|index|site|static-generator)\.js$|^(?:ledger|sqlite|change|request|publish)\//;

describe('to print', () => {
  test.each(['--version', '--help'])('%s, no command is loaded, and nothing of a site', async (word) => {
    const { outcome, files } = await load([word]);
    expect(outcome.code).toBe(0);
    expect(files).toContain('cli/program.js');
    expect(files.filter((file) => COMMANDS.test(file) || CONFIGURATION.test(file))).toEqual([]);
  });

  test('the help of a command, it is the only one, and nothing of a site is loaded', async () => {
    const { outcome, files } = await load(['stats', '--help']);
    expect(outcome.stdout).toContain('staticgenerator stats');
    expect(files.filter((file) => COMMANDS.test(file))).toEqual(['cli/commands/stats.js']);
    expect(files.filter((file) => CONFIGURATION.test(file))).toEqual([]);
  });

  test('that there is no such command, none is loaded, and the name that was meant is there', async () => {
    const { outcome, files } = await load(['lsit']);
    expect(outcome.stderr).toContain('Did you mean list?');
    expect(files.filter((file) => COMMANDS.test(file))).toEqual([]);
  });
});

describe('a configuration file that imports from the package', () => {
  const SITE = /^(?:index|site|static-generator)\.js$|^(?:request|publish\/publish)/;

  test.runIf(hasHooks)('defineConfig, has it without the site', async () => {
    const { outcome, files } = await load(
      ['list', '--json'],
      `${importing('defaults, defineConfig, StaticGeneratorError')}
      if (!(defaults && StaticGeneratorError)) throw new Error('missing');
      export default defineConfig(${options});`,
    );
    expect(outcome).toMatchObject({ code: 0, stdout: '[\n]\n' });
    expect(files).toContain('config.js');
    expect(files.filter((file) => SITE.test(file))).toEqual([]);
  });

  test('all there is, has it', async () => {
    const { outcome, files } = await load(
      ['list', '--json'],
      `${importing('staticGenerator')} export default ${options}; if (!staticGenerator) throw new Error('missing');`,
    );
    expect(outcome).toMatchObject({ code: 0, stdout: '[\n]\n' });
    expect(files).toContain('index.js');
  });

  test('what the package does not have, is told so', async () => {
    const { outcome } = await load(
      ['list'],
      `${importing('defineConfigs')} export default defineConfigs(${options});`,
    );
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('defineConfigs') });
  });

  test('gets everything but staticGenerator from the lighter module, too', () => {
    expect(Object.keys(light).sort()).toEqual(
      Object.keys(all)
        .filter((name) => name !== 'staticGenerator')
        .sort(),
    );
  });
});
