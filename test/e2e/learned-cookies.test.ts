import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { run, siteFolder } from '../cli/run.js';
import { TestProcess } from '../helpers/process/child-process.js';
import { startNginx } from '../helpers/servers/nginx.js';
import { freePort } from '../helpers/servers/ports.js';
import { type Answer, send } from '../helpers/site/site.js';

const HIT = 'staticgenerator; hit';
const BYPASS = 'staticgenerator; fwd=bypass; detail=cookie';
const member = { headers: { cookie: 'zebra=1' } };

/** Starts two processes of a site behind the nginx that the command configures for the first process. */
async function siteBehindNginx() {
  const { folder, webRoot } = await siteFolder();
  await chmod(folder, 0o755);
  const start = async () => {
    const process = new TestProcess('site/site-process.mjs', { webRoot });
    return { process, port: Number((await process.waitFor('listening')).port) };
  };
  const [a, b] = [await start(), await start()];
  const port = await freePort();
  const print = async (upstream: number) => {
    const addresses = ['--listen', `127.0.0.1:${port}`, '--upstream', `127.0.0.1:${upstream}`];
    return (await run(['nginx', '--whole', ...addresses], { folder })).stdout;
  };
  const written = await print(a.port);
  const nginx = await startNginx(written);
  onTestFinished(() => nginx.stop());
  const doctor = async () => {
    const { stdout } = await run(['doctor', '--json', '--url', `http://localhost:${port}`], { folder });
    const findings: readonly Finding[] = JSON.parse(stdout);
    return Object.fromEntries(findings.map(({ check, level, message }) => [check, `${level}: ${message}`]));
  };
  return { ...{ webRoot, start, a, b, port, nginx, print, written, doctor } };
}

const isStored = ({ message, path }: { readonly [field: string]: unknown }) =>
  message === 'page stored' && path === '/other';

test('nginx and every process keep pages from whoever has a session, whatever its cookie is called', async () => {
  const site = await siteBehindNginx();
  const { webRoot, a, b, port, nginx } = site;
  const file = join(webRoot, 'other.page.html');
  const ask = (at: number, options = {}): Promise<Answer> => send(at, '/other', options);
  await ask(port);
  await a.process.waitFor('log', isStored);
  // No process knows the cookie yet: its name alone does not show that this visitor has a session.
  expect([(await ask(port, member)).cache, existsSync(file)]).toEqual([HIT, true]);

  // The process that sets the cookie is not the one behind nginx.
  expect((await send(b.port, '/login')).headers['set-cookie']).toHaveLength(1);
  expect(existsSync(file)).toBe(false);
  for (const at of [port, a.port, b.port]) expect((await ask(at, member)).cache).toBe(BYPASS);
  const from = a.process.told.length;
  await ask(port);
  await a.process.waitFor('log', isStored, from);
  expect([(await ask(port)).cache, existsSync(file)]).toEqual([HIT, false]);
  expect((await ask(port, member)).cache).toBe(BYPASS);

  // A process that has not seen any request yet knows the cookie from the ledger.
  for (const { process } of [a, b]) process.child.kill('SIGKILL');
  const c = await site.start();
  c.process.command('publish', { targets: ['/other'] });
  await c.process.waitFor('published');
  expect((await ask(c.port, member)).cache).toBe(BYPASS);
  expect([(await ask(c.port)).cache, existsSync(file)]).toEqual([HIT, false]);
  await nginx.reload(site.written.replace(`127.0.0.1:${a.port}`, `127.0.0.1:${c.port}`));
  expect(await site.doctor()).toMatchObject({
    cookies: expect.stringContaining('zebra'),
    configuration:
      'failure: the configuration of the server in front was generated before the site learned the cookies zebra',
  });

  await nginx.reload(await site.print(c.port));
  expect((await ask(port, member)).cache).toBe(BYPASS);
  c.process.command('publish', { targets: ['/other'] });
  await c.process.waitFor('published', undefined, c.process.told.length);
  expect([(await ask(port)).cache, existsSync(file)]).toEqual([HIT, true]);
  expect((await ask(port, member)).cache).toBe(BYPASS);
  c.process.child.kill('SIGKILL');
  expect((await ask(port)).cache).toBe(HIT);
  expect((await ask(port, member)).status).toBe(502);
});
