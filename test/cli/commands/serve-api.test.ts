import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../helpers/servers/ports.js';
import { type RequestOptions, send, startSite } from '../../helpers/site/site.js';
import { appProject } from '../project.js';
import { binary, errorIn, run, siteFolder } from '../run.js';

const TOKEN = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const bearer = { authorization: `Bearer ${TOKEN}` };

interface Served {
  readonly child: ChildProcessWithoutNullStreams;
  readonly listening: string;
  readonly port: number;
  readonly post: (path: string, json: object) => ReturnType<typeof send>;
}

async function serve(
  folder: string,
  words: readonly string[] = ['--listen', '0'],
  environment: object = { STATICGENERATOR_TOKEN: TOKEN },
): Promise<Served> {
  const env = { PATH: process.env.PATH, ...environment };
  const child = spawn(process.execPath, [binary, 'serve-api', '--json', ...words], { cwd: folder, env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const told = text(child.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value, done } = await lines.next();
  if (done === true) throw new Error(await told);
  const { listening } = JSON.parse(value);
  const port = Number(/:(\d+)$/.exec(listening)?.[1]);
  const post = (path: string, json: object) => {
    const headers = { ...bearer, 'content-type': 'application/json' };
    return send(port, path, { method: 'POST', headers, body: JSON.stringify(json) });
  };
  return { child, listening, port, post };
}

test('serves the API of a site that another process runs, on loopback, until SIGTERM', async () => {
  const { folder, webRoot } = await siteFolder();
  const site = await startSite((app) => app.use((_request, response) => response.send('x')), { webRoot });
  for (const path of ['/a', '/b']) await site.visit(path);
  const { child, listening, port, post } = await serve(folder);
  expect(listening).toBe(`http://127.0.0.1:${port}`);
  const { pages } = JSON.parse((await send(port, '/pages', { headers: bearer })).body);
  expect(pages).toMatchObject([{ path: '/a' }, { path: '/b' }]);
  expect(JSON.parse((await post('/delete', { targets: ['/a'] })).body).deleted).toEqual(['/a']);
  expect(await site.ask('/a')).toBe('stored');
  const purge: RequestOptions = { method: 'PURGE', headers: bearer };
  expect(JSON.parse((await send(port, '/b', purge)).body).deleted).toEqual(['/b']);
  expect((await send(port, '/pages')).status).toBe(401);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('renders with the app that the configuration names', async () => {
  const folder = await appProject({
    urls: /^\//,
    routes: "let n = 0; app.get('/a', (request, response) => response.send('render ' + (n += 1)));",
  });
  const { post } = await serve(folder);
  expect(JSON.parse((await post('/publish', { targets: ['/a'] })).body).stored).toMatchObject([
    { path: '/a' },
  ]);
  expect(JSON.parse((await post('/regenerate', { all: true })).body).regenerated).toEqual(['/a']);
});

test('says what to do where the configuration names no app, or one that does not load', async () => {
  const { folder } = await siteFolder();
  const { post } = await serve(folder);
  const answer = await post('/publish', { targets: ['/a'] });
  expect(answer.status).toBe(501);
  expect(JSON.parse(answer.body)).toMatchObject({
    code: 'ERR_NOT_ATTACHED',
    remedy: expect.stringContaining('name `app` in the configuration'),
  });
  const broken = await appProject({ urls: /^\//, routes: "throw new Error('no database');" });
  const failed = await (await serve(broken)).post('/publish', { targets: ['/a'] });
  expect(failed.status).toBe(500);
  expect(JSON.parse(failed.body)).toMatchObject({
    code: 'ERR_CONFIG_FILE',
    detail: expect.stringMatching(/app/),
  });
});

test('reads tokens from a file, and listens on a Unix socket', async () => {
  const { folder } = await siteFolder();
  const other = 'b'.repeat(32);
  await writeFile(join(folder, 'tokens'), `${TOKEN}\n${other}\n`);
  const socketPath = join(folder, 'api.sock');
  const words = ['--token-file', 'tokens', '--listen', `unix:${socketPath}`];
  const { child, listening } = await serve(folder, words, {});
  expect(listening).toBe(`unix:${socketPath}`);
  for (const token of [TOKEN, other]) {
    const sent = http.get({ socketPath, path: '/stats', headers: { authorization: `Bearer ${token}` } });
    const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
    expect(response.resume().statusCode).toBe(200);
  }
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(existsSync(socketPath)).toBe(false);
});

test('answers what it has begun to answer before it ends', async () => {
  const gate = await freePort();
  const folder = await appProject({
    urls: /^\//,
    routes: `import { once } from 'node:events'; import { createServer } from 'node:net';
     app.get('/slow', async (request, response) => {
       const gate = createServer().listen(${gate}, '127.0.0.1');
       await once(gate, 'listening');
       process.stderr.write('rendering\\n');
       await once(gate, 'connection');
       gate.close();
       response.send('slow');
     });`,
  });
  const { child, post } = await serve(folder);
  const rendering = once(child.stderr, 'data');
  const answer = post('/publish', { targets: ['/slow'] });
  await rendering;
  child.kill('SIGTERM');
  const exited = once(child, 'exit');
  connect(gate, '127.0.0.1').on('error', () => undefined);
  expect(JSON.parse((await answer).body).stored).toMatchObject([{ path: '/slow' }]);
  expect(await exited).toEqual([0, null]);
});

describe('does not start', () => {
  const short = 'a'.repeat(31);
  test.each<[string, string[], Record<string, string>, RegExp]>([
    ['without a token', [], {}, /STATICGENERATOR_TOKEN.*found none.*openssl rand/],
    ['with an empty token', [], { STATICGENERATOR_TOKEN: ' ' }, /found none/],
    ['with a short token', [], { STATICGENERATOR_TOKEN: short }, /STATICGENERATOR_TOKEN to be 32 or more/],
    ['with a short one beside', [], { STATICGENERATOR_TOKEN: `${TOKEN} ${short}` }, /32 or more/],
    ['with a token twice', ['--token-file', 'x'], { STATICGENERATOR_TOKEN: TOKEN }, /got both/],
    ['without the file', ['--token-file', 'missing'], {}, /--token-file.*missing/],
    ['at no address', ['--listen', 'here'], { STATICGENERATOR_TOKEN: TOKEN }, /--listen.*"here"/],
    ['with the token as an argument', ['--token', TOKEN], {}, /unknown option/],
  ])('%s', async (_what, words, environment, message) => {
    const { folder, webRoot } = await siteFolder();
    const outcome = await run(['serve-api', '--json', ...words], { folder, environment });
    expect(outcome.code).toBe(2);
    expect(errorIn(outcome).message).toMatch(message);
    expect(`${outcome.stdout}${outcome.stderr}`).not.toContain(short);
    expect(existsSync(webRoot)).toBe(false);
  });

  test('where something else listens', async () => {
    const { folder } = await siteFolder();
    const { port } = await startSite(() => undefined);
    const environment = { STATICGENERATOR_TOKEN: TOKEN };
    const outcome = await run(['serve-api', '--json', '--listen', String(port)], { folder, environment });
    expect(outcome.code).toBe(1);
    expect(errorIn(outcome)).toMatchObject({ code: 'EADDRINUSE' });
  });
});
