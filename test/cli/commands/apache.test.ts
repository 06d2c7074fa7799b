import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveConfig } from '../../../src/config.js';
import { type ApacheOptions, generateApache } from '../../../src/front/apache/generate.js';
import { fingerprintOf } from '../../../src/front/fingerprint.js';
import { apacheModules, installed } from '../../helpers/servers/web-server.js';
import { errorIn, run, siteFolder } from '../run.js';

function generated(webRoot: string, options: ApacheOptions): string {
  return generateApache(resolveConfig({ webRoot, urls: ['^/'] }), options);
}

test('the configuration alone is printed, before there is a WEB_ROOT, which is not made', async () => {
  const { folder, webRoot } = await siteFolder();
  const outcome = await run(['apache'], { folder });
  expect(outcome).toEqual({ code: 0, stdout: generated(webRoot, {}), stderr: '' });
  expect(existsSync(webRoot)).toBe(false);
});

describe('an option of the generator is', () => {
  const tls = { tlsCertificate: '/tls/cert', tlsKey: '/tls/key' };
  const tlsWords = ['--tls-cert', '/tls/cert', '--tls-key', '/tls/key'];
  test.each<[string, readonly string[], ApacheOptions]>([
    ['--listen', ['--listen', '8080', '--listen', '127.0.0.1:8081'], { listen: ['8080', '127.0.0.1:8081'] }],
    ['--upstream', ['--upstream', 'a:1', '--upstream=unix:/b'], { upstreams: ['a:1', 'unix:/b'] }],
    ['--server-name', ['--server-name', 'a.example'], { serverNames: ['a.example'] }],
    ['--web-root', ['--web-root', '/srv/pages'], { webRoot: '/srv/pages' }],
    ['--trust', ['--trust', '10.0.0.0/8', '--trust', '::1'], { trust: ['10.0.0.0/8', '::1'] }],
    ['--access-log', ['--access-log', '/log/a'], { accessLog: '/log/a' }],
    ['--tls-cert and --tls-key', tlsWords, tls],
    ['--redirect-from', [...tlsWords, '--redirect-from', '8080'], { ...tls, redirectFrom: ['8080'] }],
    ['--no-redirect', [...tlsWords, '--no-redirect'], { ...tls, redirectFrom: [] }],
    ['--no-http2', [...tlsWords, '--no-http2'], { ...tls, http2: false }],
    ['--max-http-header-size', ['--max-http-header-size', '65536'], { maxHeaderBytes: 65_536 }],
    ['--whole', ['--whole'], { form: 'whole' }],
    ['--modules', ['--whole', '--modules', '/lib/a'], { form: 'whole', modules: '/lib/a' }],
  ])('%s', async (_, words, options) => {
    const { folder, webRoot } = await siteFolder();
    const expected = generated(webRoot, options);
    expect(expected).not.toBe(generated(webRoot, {}));
    expect(await run(['apache', ...words], { folder })).toEqual({ code: 0, stdout: expected, stderr: '' });
  });
});

test('--json gives the text, the fingerprint and the options that were used', async () => {
  const { folder, webRoot } = await siteFolder();
  const { code, stdout } = await run(['apache', '--listen', '8080', '--json'], { folder });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    config: generated(webRoot, { listen: ['8080'] }),
    fingerprint: fingerprintOf(resolveConfig({ webRoot, urls: ['^/'] })),
    options: { form: 'default', listen: ['8080'], webRoot, modules: '/usr/lib/apache2/modules' },
  });
});

test.skipIf(installed('apache2') === undefined)(
  'a whole one is a configuration that Apache takes',
  async () => {
    const { folder, webRoot } = await siteFolder();
    await mkdir(webRoot);
    const words = ['--whole', '--listen', '127.0.0.1:8080', '--modules', apacheModules()];
    const { stdout } = await run(['apache', ...words], { folder });
    await writeFile(join(folder, 'apache.conf'), stdout);
    const apache = installed('apache2') ?? '';
    const { status, stderr } = spawnSync(apache, ['-t', '-d', folder, '-f', join(folder, 'apache.conf')], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('Syntax OK') });
  },
);

test.each([
  ['an option that Apache cannot follow', ['--proxy-protocol', '--trust', '::1'], 'ERR_OPTIONS', /nginx/],
  ['a listen address that is none', ['--listen', '80;'], 'ERR_OPTIONS', /--listen/],
  ["an option of nginx's own", ['--part', 'http'], 'ERR_USAGE', /unknown option/],
])('%s ends with 2', async (_, words, code, message) => {
  const { folder } = await siteFolder();
  const outcome = await run(['apache', ...words, '--json'], { folder });
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(errorIn(outcome)).toMatchObject({ code, message: expect.stringMatching(message) });
});
