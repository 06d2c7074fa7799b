import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Finding } from '../../../src/cli/doctor/finding.js';
import { purge } from '../../../src/cluster/cdn/purge.js';
import { freePort } from '../../helpers/servers/ports.js';
import { listen, startSite } from '../../helpers/site/site.js';
import { projectFolder } from '../project.js';
import { run } from '../run.js';

// What commands report if a site has a CDN, and what they send to the CDN.

/** Starts a cache that answers with `cache.status`. Writes the configuration of a site behind it. */
async function startProject() {
  const folder = await projectFolder();
  const webRoot = join(folder, 'www');
  const cache = { status: 200, asked: [] as string[] };
  const port = await listen((request, response) => {
    cache.asked.push(`${request.method} ${request.url}`);
    response.writeHead(cache.status).end();
  });
  const url = `http://127.0.0.1:${port}`;
  const options = `hosts: ['localhost'], cdn: { service: purge({ urls: ['${url}'] }), waitMs: 300 }`;
  await writeFile(
    join(folder, 'staticgenerator.config.mjs'),
    `import { purge } from 'staticgenerator/cdn';
     export default { webRoot: ${JSON.stringify(webRoot)}, urls: [/^\\//], ${options} };`,
  );
  const start = () =>
    startSite((app) => app.get('/{*path}', (_request, response) => response.send('page')), {
      ...{ webRoot, hosts: ['localhost'] },
      cdn: { service: purge({ urls: [url] }), waitMs: 300, purgeAgainMs: 0 },
    });
  return { folder, cache, start };
}

async function doctor(folder: string) {
  const { code, stdout } = await run(['doctor', '--json'], { folder });
  const findings = JSON.parse(stdout) as readonly Finding[];
  return { code, findings: findings.filter(({ check }) => check === 'cdn' || check === 'purges') };
}

test('doctor asks the CDN, and says whether purges wait', async () => {
  const { folder, cache, start } = await startProject();
  const site = await start();
  await site.logger.waitFor(({ message }) => message === 'everything purged at the CDN');
  expect(await doctor(folder)).toMatchObject({ code: 0, findings: [{ level: 'ok' }, { level: 'ok' }] });
  expect(cache.asked.at(-1)).toBe('PURGE /.well-known/staticgenerator-doctor');
  cache.status = 403;
  await expect(site.pages.quickDelete('/a')).rejects.toMatchObject({ code: 'ERR_CDN_UNREACHABLE' });
  expect(await doctor(folder)).toMatchObject({
    code: 1,
    findings: [
      {
        level: 'failure',
        message: expect.stringMatching(/answered 403/),
        remedy: expect.stringMatching(/PURGE/),
      },
      { level: 'ok', message: expect.stringMatching(/^waiting for the CDN: 2 purges, the oldest since /) },
    ],
  });
});

test('stats has the backlog, and what was purged and refused', async () => {
  const { folder, cache, start } = await startProject();
  const site = await start();
  await site.pages.quickDelete('/a');
  cache.status = 500;
  await expect(site.pages.quickDelete('/b')).rejects.toMatchObject({ code: 'ERR_CDN_UNREACHABLE' });
  await site.pages.close();
  const { stdout } = await run(['stats', '--json'], { folder });
  const { cdn, counters } = JSON.parse(stdout);
  expect(cdn).toMatchObject({ waiting: 2, again: 0, oldest: expect.stringMatching(/^\d{4}-/) });
  expect(counters).toMatchObject({ 'cdn:purged': 4, 'cdn:purged-all': 1 });
  expect(counters['cdn:failed']).toBeGreaterThan(0);
  const shown = (await run(['stats'], { folder })).stdout;
  expect(shown).toMatch(/^CDN: 2 purges waiting, the oldest since .*; 0 to be retried$/m);
  expect(shown).toMatch(/cdn: purged-all +1 +times that everything was purged at the CDN/);
});

test('delete tells the CDN before it ends; everything, with --all, also where no page is stored', async () => {
  const { folder, cache } = await startProject();
  expect((await run(['delete', '/a'], { folder })).code).toBe(0);
  expect(cache.asked).toEqual(expect.arrayContaining(['PURGE /a', 'PURGE /a/']));
  const before = cache.asked.length;
  expect((await run(['delete', '--all'], { folder })).code).toBe(0);
  expect(cache.asked.slice(before)).toContain('PURGE /*');
  cache.status = 404;
  const refused = await run(['delete', '/b'], { folder });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /The pages are deleted, but PURGE at 127\.0\.0\.1:\d+ did not accept the purge/,
  );
});

test('an address that nobody listens on is a failure of doctor', async () => {
  const { folder, start } = await startProject();
  await start();
  await writeFile(
    join(folder, 'staticgenerator.config.mjs'),
    `import { purge } from 'staticgenerator/cdn';
     const service = purge({ urls: ['http://127.0.0.1:${await freePort()}'] });
     export default { webRoot: ${JSON.stringify(join(folder, 'www'))}, urls: [/^\\//], hosts: ['localhost'], cdn: service };`,
  );
  expect(await doctor(folder)).toMatchObject({
    code: 1,
    findings: [{ level: 'failure', message: expect.stringMatching(/did not answer PURGE/) }, {}],
  });
});
