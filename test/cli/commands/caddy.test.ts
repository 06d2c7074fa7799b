import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveConfig } from '../../../src/config.js';
import { type CaddyOptions, generateCaddy } from '../../../src/front/caddy/generate.js';
import { fingerprintOf } from '../../../src/front/fingerprint.js';
import { installed } from '../../helpers/servers/web-server.js';
import { errorIn, run, siteFolder } from '../run.js';

function generated(webRoot: string, options: CaddyOptions): string {
  return generateCaddy(resolveConfig({ webRoot, urls: ['^/'] }), options);
}

test('the configuration alone is printed, before there is a WEB_ROOT, which is not made', async () => {
  const { folder, webRoot } = await siteFolder();
  const outcome = await run(['caddy'], { folder });
  expect(outcome).toEqual({ code: 0, stdout: generated(webRoot, {}), stderr: '' });
  expect(existsSync(webRoot)).toBe(false);
});

describe('an option of the generator is', () => {
  const tls = { tlsCertificate: '/tls/cert', tlsKey: '/tls/key' };
  const tlsWords = ['--tls-cert', '/tls/cert', '--tls-key', '/tls/key'];
  const whole = { ...tls, form: 'whole' } as const;
  test.each<[string, readonly string[], CaddyOptions]>([
    ['--listen', ['--listen', '8080', '--listen', '8081'], { listen: ['8080', '8081'] }],
    ['--upstream', ['--upstream', 'a:1', '--upstream=unix:/b'], { upstreams: ['a:1', 'unix:/b'] }],
    ['--server-name', ['--server-name', 'a.example'], { serverNames: ['a.example'] }],
    ['--web-root', ['--web-root', '/srv/pages'], { webRoot: '/srv/pages' }],
    ['--max-body-size', ['--max-body-size', '1000'], { maxBodyBytes: 1_000 }],
    ['--access-log', ['--access-log', '/log/a'], { accessLog: '/log/a' }],
    ['--tls-cert and --tls-key', tlsWords, tls],
    ['--redirect-from', [...tlsWords, '--redirect-from', '8080'], { ...tls, redirectFrom: ['8080'] }],
    ['--no-redirect', [...tlsWords, '--no-redirect'], { ...tls, redirectFrom: [] }],
    ['--no-http2', ['--whole', ...tlsWords, '--no-http2'], { ...whole, http2: false }],
    ['--http3', ['--whole', ...tlsWords, '--http3'], { ...whole, http3: true }],
    ['--whole', ['--whole'], { form: 'whole' }],
  ])('%s', async (_, words, options) => {
    const { folder, webRoot } = await siteFolder();
    const expected = generated(webRoot, options);
    expect(expected).not.toBe(generated(webRoot, {}));
    expect(await run(['caddy', ...words], { folder })).toEqual({ code: 0, stdout: expected, stderr: '' });
  });
});

test('--json gives the text, the fingerprint and the options that were used', async () => {
  const { folder, webRoot } = await siteFolder();
  const { code, stdout } = await run(['caddy', '--listen', '8080', '--json'], { folder });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    config: generated(webRoot, { listen: ['8080'] }),
    fingerprint: fingerprintOf(resolveConfig({ webRoot, urls: ['^/'] })),
    options: { form: 'default', listen: ['8080'], webRoot },
  });
});

test.skipIf(installed('caddy') === undefined)('a whole one is a Caddyfile that Caddy takes', async () => {
  const { folder } = await siteFolder();
  const { stdout } = await run(['caddy', '--whole', '--listen', '127.0.0.1:8080'], { folder });
  await writeFile(join(folder, 'Caddyfile'), stdout);
  const words = ['validate', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'];
  const { status, stdout: said } = spawnSync(installed('caddy') ?? '', words, { encoding: 'utf8' });
  expect({ status, said }).toEqual({ status: 0, said: expect.stringContaining('Valid configuration') });
});

test.each([
  ['an option that Caddy cannot follow', ['--trust', '::1'], 'ERR_OPTIONS', /use nginx or Apache/],
  ['a listen address that is none', ['--listen', '80;'], 'ERR_OPTIONS', /--listen/],
  ["an option of nginx's own", ['--part', 'http'], 'ERR_USAGE', /unknown option/],
])('%s ends with 2', async (_, words, code, message) => {
  const { folder } = await siteFolder();
  const outcome = await run(['caddy', ...words, '--json'], { folder });
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(errorIn(outcome)).toMatchObject({ code, message: expect.stringMatching(message) });
});
