import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { immutableOfExport } from '../../../src/export/folder/manifest.js';
import { filesIn } from '../../export/site.js';
import { projectFolder } from '../project.js';
import { binary, errorIn, run, runProcess } from '../run.js';

/** A project whose app declares routes with its own instance, which can only be found through its middleware. */
async function project(settings = '') {
  const folder = await projectFolder();
  await writeFile(
    join(folder, 'staticgenerator.config.mjs'),
    `export default { webRoot: ${JSON.stringify(join(folder, 'www'))}, urls: [/^\\//], app: () => import('./app.mjs'), export: { notFound: false }${settings} };`,
  );
  await writeFile(
    join(folder, 'app.mjs'),
    `import express from 'express';
     import { staticGenerator } from 'staticgenerator';
     import config from './staticgenerator.config.mjs';
     const pages = staticGenerator({ ...config, logger: false });
     const app = express();
     app.use(pages.middleware);
     pages.route('/:name', { params: async function* () { yield* ['a', 'b', 'c']; } });
     app.get('/:name', (req, res) => {
       if (process.env.STUCK === req.params.name) return void process.stdout.write('stuck');
       if (process.env.BROKEN === req.params.name) throw new Error('broken on purpose');
       res.send(process.env.TEXT + req.params.name);
     });
     export const close = () => pages.close();
     export default app;`,
  );
  return folder;
}

test('export renders the routes that the app has declared, and tells what it did', async () => {
  const folder = await project();
  const outcome = await run(['export', 'site'], { folder, environment: { TEXT: 'first ' } });
  expect(outcome).toEqual({
    code: 0,
    stderr: '',
    stdout: `${join(folder, 'site')}: 3 pages rendered, 0 unchanged, 3 files in all\n`,
  });
  expect(await filesIn(join(folder, 'site'))).toEqual({
    'a/index.html': 'first a',
    'b/index.html': 'first b',
    'c/index.html': 'first c',
  });
  const again = await run(['export', 'site', '--changed', '--json'], { folder });
  expect(JSON.parse(again.stdout)).toMatchObject({ rendered: [], reused: 3 });
});

test('the JSON of an export that failed says of each failure what was thrown', async () => {
  const folder = await project();
  const outcome = await run(['export', 'site', '--json'], { folder, environment: { BROKEN: 'b' } });
  expect(outcome.code).toBe(1);
  expect(errorIn(outcome)).toMatchObject({
    code: 'ERR_EXPORT_FAILED',
    failures: [{ path: '/b', status: 500, error: { message: 'broken on purpose' } }],
  });
  const kept = await run(['export', 'site', '--json', '--keep-going'], {
    folder,
    environment: { BROKEN: 'b' },
  });
  expect(JSON.parse(kept.stdout).failures).toMatchObject([{ error: { message: 'broken on purpose' } }]);
});

test('export collects the assets before the app starts, and copies them to where pages link to', async () => {
  const folder = await project(
    `, assets: { dirs: ['static'], root: 'var/static', url: '/static/', mode: 'production' }`,
  );
  await mkdir(join(folder, 'static'));
  await writeFile(join(folder, 'static/site.css'), 'p { color: red }');
  await writeFile(
    join(folder, 'app.mjs'),
    `import express from 'express';
     import { staticGenerator } from 'staticgenerator';
     import { assets } from 'staticgenerator/assets';
     import config from './staticgenerator.config.mjs';
     const pages = staticGenerator({ ...config, logger: false });
     const { assetUrl } = assets({ ...config.assets, pages, logger: false });
     const app = express();
     app.use(pages.middleware);
     pages.route('/');
     app.get('/', (req, res) => res.send(\`<link rel="stylesheet" href="\${assetUrl('site.css')}">\`));
     export const close = () => pages.close();
     export default app;`,
  );
  const exported = async () => {
    const { code, stderr } = await run(['export', 'site', '--collect', '--check', '--changed', '--clean'], {
      folder,
    });
    expect([code, stderr]).toEqual([0, '']);
    const files = await filesIn(join(folder, 'site'));
    const [, hashed = ''] = /href="\/(static\/site\.[0-9a-f]+\.css)"/.exec(files['index.html'] ?? '') ?? [];
    expect(Object.keys(files).sort()).toEqual(['index.html', 'static/site.css', hashed].sort());
    expect(immutableOfExport(join(folder, 'site'))).toEqual([hashed]);
    return files[hashed];
  };
  expect(await exported()).toBe('p { color: red }');
  await writeFile(join(folder, 'static/site.css'), 'p { color: blue }');
  expect(await exported()).toBe('p { color: blue }');
});

test.each([
  ['as they are collected', 'production', ''],
  ['as they are written', 'development', ''],
  ['by the app itself', 'production', `app.use('/static', express.static('static'));`],
])(
  'export --collect follows links to assets, and through their style sheets, where they are served %s',
  async (_how, mode, serving) => {
    const folder = await project(
      `, assets: { dirs: ['static'], root: 'var/static', url: '/static/', mode: '${mode}' }`,
    );
    await mkdir(join(folder, 'static/img'), { recursive: true });
    await writeFile(
      join(folder, 'static/site.css'),
      'p { background: url(img/a.svg) } i { background: url(/app.svg) }',
    );
    await writeFile(join(folder, 'static/img/a.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    await writeFile(join(folder, 'static/unlinked.txt'), 'unlinked');
    await writeFile(
      join(folder, 'app.mjs'),
      `import express from 'express';
     import { staticGenerator } from 'staticgenerator';
     import { assets } from 'staticgenerator/assets';
     import config from './staticgenerator.config.mjs';
     const pages = staticGenerator({ ...config, logger: false });
     const { assetUrl, middleware } = assets({ ...config.assets, pages, logger: false });
     const app = express();
     app.use(pages.middleware);
     ${serving}
     app.use(middleware);
     app.get('/app.svg', (req, res) => res.type('svg').send('<svg/>'));
     app.get('/', (req, res) => res.send(\`<link rel="stylesheet" href="\${assetUrl('site.css')}"><a href="/static/img/a.svg">a</a>\`));
     export const close = () => pages.close();
     export default app;`,
    );
    const { code, stderr } = await run(['export', 'site', '--collect', '--check'], { folder });
    expect([code, stderr]).toEqual([0, '']);
    const files = Object.keys(await filesIn(join(folder, 'site')));
    const expected = ['app.svg', 'index.html', 'static/img/a.svg', 'static/site.css', 'static/unlinked.txt'];
    expect(files).toEqual(expect.arrayContaining(expected));
  },
);

test('export --collect tells of a page that differs from the asset at its URL, and of a bad name, without a stack', async () => {
  const folder = await project(
    `, assets: { dirs: ['static'], root: 'var/static', url: '/', mode: 'production' }`,
  );
  await mkdir(join(folder, 'static/a'), { recursive: true });
  await writeFile(join(folder, 'static/a/index.html'), 'another');
  const { code, stderr } = await run(['export', 'site', '--collect'], { folder, environment: { TEXT: '' } });
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining(
      '/a (route /:name): /a and the asset a/index.html would both be the file a/index.html; ',
    ),
  ]);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('deploy knows the type of what an export has written, where its name does not tell', async () => {
  const folder = await project();
  await run(['export', 'site', '--layout', 'files', '--keep-going'], {
    folder,
    environment: { TEXT: '<p>' },
  });
  await writeFile(
    join(folder, 'site/.staticgenerator-export.json'),
    (await readFile(join(folder, 'site/.staticgenerator-export.json'), 'utf8')).replaceAll(
      'text/html',
      'text/x-test',
    ),
  );
  await run(['deploy', 'command:cat > list.json', '--from', 'site'], { folder });
  const list = JSON.parse(await readFile(join(folder, 'list.json'), 'utf8')) as {
    key: string;
    contentType: string;
  }[];
  expect(list.map(({ key, contentType }) => [key, contentType])).toContainEqual([
    'a.html',
    'text/x-test; charset=utf-8',
  ]);
});

test('a process that is killed amidst an export leaves the old one complete, and the next removes its traces', async () => {
  const folder = await project();
  await run(['export', 'site'], { folder, environment: { TEXT: 'first ' } });
  const before = await filesIn(join(folder, 'site'));
  const child = spawn(process.execPath, [binary, 'export', 'site'], {
    cwd: folder,
    env: { PATH: process.env.PATH, TEXT: 'second ', STUCK: 'c' },
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(await filesIn(join(folder, 'site'))).toEqual(before);
  const beside = async () => (await readdir(folder)).filter((name) => name.startsWith('.site'));
  expect(await beside()).toHaveLength(1);
  await run(['export', 'site'], { folder, environment: { TEXT: 'third ' } });
  expect(await beside()).toEqual([]);
  expect((await filesIn(join(folder, 'site')))['c/index.html']).toBe('third c');
});

test('an interrupted export leaves the old one, and ends with 1', async () => {
  const folder = await project();
  await run(['export', 'site'], { folder, environment: { TEXT: 'first ' } });
  const child = spawn(process.execPath, [binary, 'export', 'site'], {
    cwd: folder,
    env: { PATH: process.env.PATH, TEXT: 'second ', STUCK: 'b' },
  });
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(1);
  expect((await filesIn(join(folder, 'site')))['a/index.html']).toBe('first a');
});

test('pages that fail are all told, with what was thrown, and end it with 1; the rest is written when it is to go on', async () => {
  const folder = await project();
  const environment = { TEXT: '', BROKEN: 'b' };
  const failed = await run(['export', 'site', '--json'], { folder, environment });
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain('broken on purpose');
  expect((await readdir(folder)).filter((name) => name.includes('site'))).toEqual([]);
  const rest = await run(['export', 'site', '--keep-going'], { folder, environment });
  expect(rest.code).toBe(1);
  expect(rest.stdout).toContain(
    'failed   /b (route /:name): it answered with status 500, expected 200: broken on purpose',
  );
  expect(Object.keys(await filesIn(join(folder, 'site')))).toEqual(['a/index.html', 'c/index.html']);
});

test('a folder of others is left alone, with 2, unless it is adopted', async () => {
  const folder = await project();
  await mkdir(join(folder, 'site'));
  await writeFile(join(folder, 'site/mine'), 'mine');
  const refused = await run(['export', 'site', '--json'], { folder });
  expect([refused.code, errorIn(refused)]).toMatchObject([2, { code: 'ERR_EXPORT_FOREIGN' }]);
  expect(await filesIn(join(folder, 'site'))).toEqual({ mine: 'mine' });
  expect((await run(['export', 'site', '--adopt'], { folder })).code).toBe(0);
  expect(Object.keys(await filesIn(join(folder, 'site')))).toContain('mine');
});

/** Makes all three streams report that they are terminals. */
const onTerminal = [
  '--import',
  'data:text/javascript,process.stdin.isTTY = process.stdout.isTTY = process.stderr.isTTY = true;',
];

describe('on a terminal, whether to export into a folder of others is asked', () => {
  const foreignFolder = async () => {
    const folder = await project();
    await mkdir(join(folder, 'site'));
    await writeFile(join(folder, 'site/mine'), 'mine');
    return folder;
  };

  test('and done after a yes; what is there stays, even when it is cleaned', async () => {
    const folder = await foreignFolder();
    const outcome = await runProcess(['export', 'site', '--clean'], {
      folder,
      node: onTerminal,
      input: 'yes\n',
    });
    expect(outcome.stderr).toContain('Export into it? (yes/no)');
    expect(outcome.code).toBe(0);
    expect(Object.keys(await filesIn(join(folder, 'site')))).toEqual([
      'a/index.html',
      'b/index.html',
      'c/index.html',
      'mine',
    ]);
  });

  test.each([
    ['a no', 'no\n'],
    ['a y, which is no yes', 'y\n'],
    ['an empty line', '\n'],
    ['the end of input', ''],
  ])('and not done after %s', async (_name, input) => {
    const folder = await foreignFolder();
    const outcome = await run(['export', 'site', '--clean'], { folder, isTerminal: true, input });
    expect(outcome.stderr).toContain('contains 1 files that no export wrote, such as mine');
    expect(outcome.code).toBe(2);
    expect(await filesIn(join(folder, 'site'))).toEqual({ mine: 'mine' });
  });

  test.each([['--json'], ['--adopt']])('but not with %s', async (flag) => {
    const folder = await foreignFolder();
    const outcome = await run(['export', 'site', flag], { folder, isTerminal: true, input: 'yes\n' });
    expect(outcome.stderr).not.toContain('yes/no');
    expect(outcome.code).toBe(flag === '--adopt' ? 0 : 2);
  });
});

test('where the middleware is mounted on a path, it is told that its routes are not known', async () => {
  const folder = await project();
  const app = await readFile(join(folder, 'app.mjs'), 'utf8');
  const mounted = "app.use('/blog', pages.middleware); app.get('/', (req, res) => res.send('home'));";
  await writeFile(join(folder, 'app.mjs'), app.replace('app.use(pages.middleware);', mounted));
  const { code, stdout } = await run(['export', 'site'], { folder });
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^notice {3}The request for \/ that asks for declared routes did not reach the middleware.*\n.*: 1 page rendered/,
  );
  const { notices } = JSON.parse((await run(['export', 'site', '--json'], { folder })).stdout) as {
    notices: string[];
  };
  expect(notices).toEqual([expect.stringContaining('did not reach the middleware')]);
});

test.each([
  [['export'], 'missing required argument'],
  [['export', 'site', '--base', 'blog'], 'Expected `base` to be a path such as /blog'],
  [['export', 'site', '--layout', 'flat'], 'Allowed choices are folders, files'],
])('%j is wrong usage', async (words, message) => {
  const { code, stderr } = await run(words, { folder: await project() });
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
