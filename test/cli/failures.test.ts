import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectFolder } from './project.js';
import { type Outcome, run } from './run.js';

/** Makes a project with this configuration and these files. */
async function project(config: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await projectFolder();
  await writeFile(
    join(folder, 'staticgenerator.config.mjs'),
    `export default { webRoot: 'www', urls: [/^\\//]${config} };`,
  );
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

const APP = ", app: () => import('./app.mjs')";
const site = (routes: string) => `import express from 'express';
import { staticGenerator } from 'staticgenerator';
import config from './staticgenerator.config.mjs';
export const pages = staticGenerator({ ...config, logger: false });
const app = express();
export default app;
app.use(pages.middleware);
${routes}`;

interface Case {
  readonly name: string;
  readonly words: readonly string[];
  readonly folder: () => Promise<string>;
  readonly code: number;
  readonly says: readonly (string | RegExp)[];
}

/** Failures that all commands have in common. */
const everywhere: readonly Omit<Case, 'words'>[] = [
  {
    name: 'no configuration file',
    folder: projectFolder,
    code: 2,
    says: ['Expected one of staticgenerator.config.ts'],
  },
  {
    name: 'an unknown option',
    folder: () => project(', excludeUrl: []'),
    code: 2,
    says: ['Unknown option `excludeUrl`. Did you mean `excludeUrls`?', 'The file is'],
  },
  {
    name: 'an unknown option of a group',
    folder: () => project(', warm: { sitemaps: 1 }'),
    code: 2,
    says: ['Unknown option `warm.sitemaps`. Did you mean `sitemap`?'],
  },
  {
    name: 'a configuration that throws',
    folder: () => project(`, x: (() => { throw new Error('no secret') })()`),
    code: 2,
    says: ['staticgenerator.config.mjs could not be loaded: no secret'],
  },
];
const configured = [
  ...['nginx', 'delete /', 'publish /', 'warm', 'verify', 'list', 'why /', 'stats', 'doctor', 'export site'],
  ...['collect', 'find a.css', 'watch'],
];

/** Failures that all commands that render have in common. */
const renders: readonly Omit<Case, 'words'>[] = [
  { name: 'no app', folder: () => project(''), code: 2, says: ['no `app`', 'Add it: app: () => import("'] },
  {
    name: 'an app that is not there',
    folder: () => project(APP),
    code: 2,
    says: ['The app that the configuration names could not be loaded: Cannot find module', 'app.mjs'],
  },
  {
    name: 'an app that throws',
    folder: () => project(APP, { 'app.mjs': "\nthrow new Error('no database');" }),
    code: 2,
    says: ['could not be loaded: no database', /^ {2}at .*\/app\.mjs:2:7/m],
  },
  {
    name: 'an app with a syntax error',
    folder: () => project(APP, { 'app.mjs': '\nconst = 1;' }),
    code: 2,
    says: ['could not be loaded: Unexpected token'],
  },
  {
    name: 'an app that waits for what refuses it',
    folder: () =>
      project(APP, {
        'app.mjs': `import { connect } from 'node:net';
await new Promise((_, reject) => connect(1, '127.0.0.1').on('error', reject));`,
      }),
    code: 2,
    says: ['could not be loaded: connect ECONNREFUSED 127.0.0.1:1'],
  },
  {
    name: 'an app that exports none',
    folder: () => project(APP, { 'app.mjs': 'export const x = 1;' }),
    code: 2,
    says: ['got a module without one'],
  },
  {
    name: 'an app with a bad option of its own',
    folder: () =>
      project(APP, {
        'app.mjs': `import { staticGenerator } from 'staticgenerator';
export const pages = staticGenerator({ webRoot: 'www', urls: [/a/], maxBodyByte: 1 });`,
      }),
    code: 2,
    says: [
      'The app that the configuration names could not be loaded',
      'Unknown option `maxBodyByte`. Did you mean `maxBodyBytes`?',
      /^ {2}at .*\/app\.mjs:2:22/m,
    ],
  },
];
const rendering = ['publish /', 'export site'];

const cases: readonly Case[] = [
  ...configured.flatMap((words) =>
    everywhere.slice(0, 1).map((one) => ({ ...one, words: words.split(' ') })),
  ),
  ...everywhere.slice(1).map((one) => ({ ...one, words: ['list'] })),
  ...rendering.flatMap((words) => renders.map((one) => ({ ...one, words: words.split(' ') }))),
  ...['delete /', 'publish /', 'export site'].map((words) => ({
    name: 'a WEB_ROOT of others',
    words: words.split(' '),
    folder: () => project(APP, { 'www/theirs.txt': '', 'app.mjs': 'export default () => undefined' }),
    code: 2,
    says: ['theirs.txt'],
  })),
  ...['delete /', 'list', 'stats'].map((words) => ({
    name: 'a WEB_ROOT that is a file',
    words: words.split(' '),
    folder: () => project('', { www: '' }),
    code: 1,
    says: ['www'],
  })),
  {
    name: 'pages that fail',
    words: ['export', 'site'],
    folder: () =>
      project(APP, {
        'app.mjs': site(`pages.route('/:name', { params: ['a', 'b', 'c'] });
app.get('/:name', (req, res) => { res.status(req.params.name === 'b' ? 500 : 200).send('x'); });`),
      }),
    code: 1,
    says: ['left as it is: 1 of 4 pages failed\n', '/b (route /:name): it answered with status 500'],
  },
  {
    name: 'a folder of others',
    words: ['export', 'theirs'],
    folder: () => project(APP, { 'theirs/a.txt': '', 'app.mjs': site('') }),
    code: 2,
    says: ['theirs contains 1 files that no export wrote'],
  },
  {
    name: 'a file where the folder goes',
    words: ['export', 'app.mjs'],
    folder: () => project(APP, { 'app.mjs': site('') }),
    code: 2,
    says: ['app.mjs to be a folder, found a file'],
  },
  {
    name: 'no assets to collect',
    words: ['collect'],
    folder: () => project(''),
    code: 2,
    says: ['`assets`'],
  },
  {
    name: 'a reference that leads nowhere',
    words: ['collect'],
    folder: () =>
      project(", assets: { dirs: ['static'], root: 'root' }", {
        'static/a.css': 'p{background:url(no.png)}',
      }),
    code: 1,
    says: ['no.png'],
  },
  {
    name: 'a folder that is not there',
    words: ['deploy', 'to', '--from', 'nope'],
    folder: projectFolder,
    code: 1,
    says: ['The folder nope does not exist; export the site to it first'],
  },
  {
    name: 'a file for a folder',
    words: ['deploy', 'to', '--from', 'staticgenerator.config.mjs'],
    folder: () => project(''),
    code: 1,
    says: ['staticgenerator.config.mjs is not a folder'],
  },
  {
    name: 'a broken link',
    words: ['deploy', 'to', '--from', 'site'],
    folder: async () => {
      const folder = await project('', { 'site/a.html': '' });
      await symlink('nowhere', join(folder, 'site/link'));
      return folder;
    },
    code: 1,
    says: ['site/link is a broken symbolic link'],
  },
  {
    name: 'a target that is a file',
    words: ['deploy', 'staticgenerator.config.mjs', '--from', 'site'],
    folder: () => project('', { 'site/a.html': '' }),
    code: 1,
    says: ['staticgenerator.config.mjs is a file; name a folder'],
  },
  {
    name: 'a target below a file',
    words: ['deploy', 'staticgenerator.config.mjs/to', '--from', 'site'],
    folder: () => project('', { 'site/a.html': '' }),
    code: 1,
    says: ['ENOTDIR'],
  },
  {
    name: 'a store that nobody answers for',
    words: ['deploy', 's3://site', '--from', 'site', '--endpoint', 'http://127.0.0.1:1'],
    folder: () => project('', { 'site/a.html': '' }),
    code: 1,
    says: ['got no response from http://127.0.0.1:1/site'],
  },
  {
    name: 'a negative depth',
    words: ['warm', '--depth', '-1'],
    folder: () => project(APP),
    code: 2,
    says: ['Expected a whole number, 0 or more'],
  },
  {
    name: 'an option that no command has',
    words: ['warm', '--dept', '1'],
    folder: () => project(APP),
    code: 2,
    says: ["unknown option '--dept'", 'Did you mean --depth?'],
  },
  {
    name: 'a module without pages',
    words: ['nginx', '--app', 'app.mjs', '--upstream', 'localhost:1', '--listen', '80'],
    folder: () => project('', { 'app.mjs': "import 'nope';" }),
    code: 2,
    says: ['app.mjs could not be loaded: Cannot find package', 'nope'],
  },
  {
    name: 'an address that nobody answers at',
    words: ['doctor', '--url', 'http://127.0.0.1:1'],
    folder: async () => {
      const folder = await project(APP, { 'app.mjs': site("app.get('/', (req, res) => res.send('x'))") });
      await run(['publish', '/'], { folder, environment });
      return folder;
    },
    code: 1,
    says: ['failed'],
  },
  {
    name: 'a table of no such name',
    words: ['postgres-triggers', 'a;b', '--key', ''],
    folder: () => project(''),
    code: 2,
    says: ['error: '],
  },
];

const environment = {
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
};

/** Expects an error that people understand, and that shows no place in our own code. */
function expectToldPlainly({ code, stdout, stderr }: Outcome, expected: Pick<Case, 'code' | 'says'>): void {
  expect({ code, stdout, stderr }).toMatchObject({ code: expected.code });
  expect(stderr).toMatch(/(?:^|\n)error: /);
  const places = stderr.split('\n').filter((line) => /^ +at /.test(line));
  expect(places.filter((line) => /node_modules|node:internal|\/(?:dist|src)\//.test(line))).toEqual([]);
  expect(places.length).toBeLessThan(2);
  for (const part of expected.says) expect(stderr).toMatch(part);
}

describe.each([...new Set(cases.map(({ words }) => words[0] ?? ''))])('%s tells plainly of', (command) => {
  test.each(cases.filter(({ words }) => words[0] === command))(
    '$name',
    async ({ words, folder, ...expected }) => {
      expectToldPlainly(await run(words, { folder: await folder(), environment }), expected);
    },
  );
});
