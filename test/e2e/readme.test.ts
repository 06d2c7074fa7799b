import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bytesOf } from '../cases/requests.js';
import { runProcess } from '../cli/run.js';
import { readPage, repository } from '../docs/markdown.js';
import { startNginx } from '../helpers/nginx.js';
import { freePort } from '../helpers/ports.js';
import { rawRequest } from '../helpers/raw-http.js';
import { temporaryFolder } from '../helpers/temporary.js';

const [middleware = '', hook = '', command = ''] = readPage('README.md')
  .blocks.filter(({ section }) => section === 'Adopt it in three steps')
  .map(({ text }) => text);
const HIT = 'staticgenerator; hit';

/** What is the newcomer's own: a model, a route, a form that saves, and the start. */
const start = `
import { app, pages } from './app.js';
const titles = new Map([['hello', 'Hello']]);
const database = { save: async ({ slug, title }) => titles.set(slug, title) };
app.get('/posts/:slug', (request, response) => response.send('<h1>' + titles.get(request.params.slug)));
app.post('/save/:slug/:title', async (request, response) => {
  const { slug, title } = request.params;
  await savePost({ slug, title, getAbsoluteUrl: () => '/posts/' + slug });
  response.end();
});
app.listen(Number(process.argv[2]), '127.0.0.1', () => process.send('listening'));
${hook}`;

test('the three steps of the README, as printed, give hits from nginx that a save deletes', async () => {
  const folder = await temporaryFolder();
  chmodSync(folder, 0o755);
  const [appPort, port] = [await freePort(), await freePort()];
  await startApp(folder, appPort);
  const configuration = await printed(folder, appPort);
  const listening = configuration.replace('listen 80 ', `listen 127.0.0.1:${port} `);
  const nginx = await startNginx(`events {}\nhttp {\n${listening}\n}`);
  onTestFinished(() => nginx.stop());
  const ask = (method: string, target: string) =>
    rawRequest(port, bytesOf({ method, target, host: 'www.example.com' }));

  expect((await ask('GET', '/posts/hello')).headers['cache-status']).not.toBe(HIT);
  await expect.poll(() => readdirSync(join(folder, 'www/posts'))).toContain('hello.page.html');
  const hit = await ask('GET', '/posts/hello');
  // Express says who it is, so this is nginx.
  expect([hit.headers['cache-status'], hit.headers['x-powered-by'], String(hit.body)]).toEqual([
    HIT,
    undefined,
    '<h1>Hello',
  ]);
  expect((await ask('POST', '/save/hello/Changed')).status).toBe(200);
  const after = await ask('GET', '/posts/hello');
  expect([after.headers['cache-status'], String(after.body)]).not.toContain(HIT);
  expect(String(after.body)).toBe('<h1>Changed');
});

async function startApp(folder: string, port: number): Promise<void> {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(repository, join(folder, 'node_modules/staticgenerator'));
  symlinkSync(join(repository, 'node_modules/express'), join(folder, 'node_modules/express'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'app.js'), middleware.replace('/var/www/blog', join(folder, 'www')));
  writeFileSync(join(folder, 'start.js'), start);
  const app = fork(join(folder, 'start.js'), [String(port)], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  onTestFinished(async () => {
    const exited = once(app, 'exit');
    app.kill();
    await exited;
  });
  await once(app, 'message');
}

/** What the command of the third step prints. */
async function printed(folder: string, appPort: number): Promise<string> {
  const words = /^npx staticgenerator (.+) > \/etc\/nginx\/conf\.d\/blog\.conf$/.exec(command)?.[1] ?? '';
  const { code, stdout } = await runProcess(words.replace('3000', String(appPort)).split(' '), {
    folder,
  });
  expect(code).toBe(0);
  return stdout;
}
