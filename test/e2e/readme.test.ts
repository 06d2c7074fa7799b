import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bytesOf } from '../cases/requests.js';
import { runProcess } from '../cli/run.js';
import { readPage, repository } from '../docs/markdown.js';
import { fileOf } from '../docs/recipes/empty-folder.js';
import { startNginx } from '../helpers/servers/nginx.js';
import { acceptsConnections, freePort } from '../helpers/servers/ports.js';
import { rawRequest } from '../helpers/servers/raw-http.js';
import { temporaryFolder } from '../helpers/temporary.js';

const blocks = readPage('README.md').blocks.map(({ text }) => text);
/** The files of the README: the blocks that begin with the name of a file. */
const files = blocks.flatMap((text) => {
  const name = fileOf(text);
  return name === undefined ? [] : [{ name, text }];
});
const command = blocks.find((text) => text.startsWith('npx staticgenerator nginx ')) ?? '';
const HIT = 'staticgenerator; hit';

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
  // Express names itself in a header, so this answer is from nginx.
  expect([hit.headers['cache-status'], hit.headers['x-powered-by'], String(hit.body)]).toEqual([
    HIT,
    undefined,
    '<h1>Hello</h1>',
  ]);
  expect((await ask('POST', '/posts/hello/Changed')).status).toBe(303);
  const after = await ask('GET', '/posts/hello');
  expect([after.headers['cache-status'], String(after.body)]).not.toContain(HIT);
  expect(String(after.body)).toBe('<h1>Changed</h1>');
});

async function startApp(folder: string, port: number): Promise<void> {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(repository, join(folder, 'node_modules/staticgenerator'));
  symlinkSync(join(repository, 'node_modules/express'), join(folder, 'node_modules/express'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  expect(files.map(({ name }) => name)).toEqual(['pages.js', 'app.js', 'server.js']);
  for (const { name, text } of files)
    writeFileSync(join(folder, name), text.replace('app.listen(3000)', `app.listen(${port}, '127.0.0.1')`));
  const app = spawn(process.execPath, ['server.js'], { cwd: folder, stdio: 'ignore' });
  onTestFinished(async () => {
    const exited = once(app, 'exit');
    app.kill();
    await exited;
  });
  await expect.poll(() => acceptsConnections(port)).toBe(true);
}

/** Returns what the command of the third step prints. */
async function printed(folder: string, appPort: number): Promise<string> {
  const words = /^npx staticgenerator (.+) > \/etc\/nginx\/conf\.d\/blog\.conf$/.exec(command)?.[1] ?? '';
  const { code, stdout } = await runProcess(words.replace('3000', String(appPort)).split(' '), {
    folder,
  });
  expect(code).toBe(0);
  return stdout;
}
