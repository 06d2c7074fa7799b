import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { maxHeaderSize } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveConfig } from '../../../src/config.js';
import { fingerprintOf } from '../../../src/front/fingerprint.js';
import { generateNginx, type NginxOptions } from '../../../src/front/nginx/generate.js';
import { installedNginx } from '../../helpers/servers/nginx.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { errorIn, type Outcome, type RunOptions, run, siteFolder } from '../run.js';

/** Runs `nginx` without brotli, so that the modules of this machine make no difference. */
async function nginx(words: readonly string[], options: RunOptions): Promise<Outcome> {
  return await run(['nginx', '--no-brotli', ...words], options);
}

/** Returns what the generator prints for the same site. */
function generated(webRoot: string, options: NginxOptions, site: object = {}): string {
  return generateNginx(resolveConfig({ webRoot, urls: ['^/'], ...site }), options);
}

test('the configuration alone is printed, before there is a WEB_ROOT, which is not made', async () => {
  const { folder, webRoot } = await siteFolder();
  expect(await nginx([], { folder })).toEqual({ code: 0, stdout: generated(webRoot, {}), stderr: '' });
  expect(existsSync(webRoot)).toBe(false);
});

describe('an option of the generator is', () => {
  const tls = { tlsCertificate: '/tls/cert', tlsKey: '/tls/key', nginxVersion: '1.25.1' };
  const tlsWords = ['--tls-cert', '/tls/cert', '--tls-key', '/tls/key', '--nginx-version', '1.25.1'];
  const cases: readonly (readonly [string, readonly string[], NginxOptions])[] = [
    [
      '--listen, repeatable',
      ['--listen', '8080', '--listen', '127.0.0.1:8081'],
      { listen: ['8080', '127.0.0.1:8081'] },
    ],
    [
      '--upstream, repeatable',
      ['--upstream', 'a:1', '--upstream=unix:/run/b'],
      { upstreams: ['a:1', 'unix:/run/b'] },
    ],
    [
      '--server-name, repeatable',
      ['--server-name', 'a.example', '--server-name', 'b.example'],
      { serverNames: ['a.example', 'b.example'] },
    ],
    ['--web-root', ['--web-root', '/srv/pages'], { webRoot: '/srv/pages' }],
    ['--trust, repeatable', ['--trust', '10.0.0.0/8', '--trust', '::1'], { trust: ['10.0.0.0/8', '::1'] }],
    ['--proxy-protocol', ['--trust', '::1', '--proxy-protocol'], { trust: ['::1'], proxyProtocol: true }],
    ['--access-log', ['--access-log', '/log/a'], { accessLog: '/log/a' }],
    ['--name', ['--name', 'shop'], { name: 'shop' }],
    ['--default-server', ['--name', 'shop', '--default-server'], { name: 'shop', defaultServer: true }],
    ['--no-default-server', ['--no-default-server'], { defaultServer: false }],
    ['--tls-cert and --tls-key', tlsWords, tls],
    ['--redirect-from', [...tlsWords, '--redirect-from', '8080'], { ...tls, redirectFrom: ['8080'] }],
    ['--no-redirect', [...tlsWords, '--no-redirect'], { ...tls, redirectFrom: [] }],
    ['--no-http2', [...tlsWords, '--no-http2'], { ...tls, http2: false }],
    ['--http3', [...tlsWords, '--http3'], { ...tls, http3: true }],
    ['--max-http-header-size', ['--max-http-header-size', '65536'], { maxHeaderBytes: 65_536 }],
    ['--max-body-size', ['--max-body-size', '1000'], { maxBodyBytes: 1_000 }],
    ['--whole', ['--whole'], { form: 'whole' }],
    ['--part http', ['--part', 'http'], { form: 'http' }],
    ['--part server', ['--part', 'server'], { form: 'server' }],
  ];

  test.each(cases)('%s', async (_, words, options) => {
    const { folder, webRoot } = await siteFolder();
    const expected = generated(webRoot, options);
    expect(expected).not.toBe(generated(webRoot, {}));
    expect(await nginx(words, { folder })).toEqual({ code: 0, stdout: expected, stderr: '' });
  });
});

test('what the site declares is in it', async () => {
  const site = { headers: { 'X-Frame-Options': 'DENY' }, hosts: ['a.example'] };
  const { folder, webRoot } = await siteFolder(site);
  const { stdout } = await nginx([], { folder });
  expect(stdout).toBe(generated(webRoot, {}, site));
  expect(stdout).toContain('DENY');
  expect(stdout).toContain('a.example');
});

test('--json gives the text, the fingerprint and the options that were used', async () => {
  const { folder, webRoot } = await siteFolder();
  const { code, stdout, stderr } = await nginx(['--listen', '8080', '--json'], { folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    config: generated(webRoot, { listen: ['8080'] }),
    fingerprint: fingerprintOf(resolveConfig({ webRoot, urls: ['^/'] })),
    options: {
      form: 'default',
      name: 'staticgenerator',
      defaultServer: true,
      listen: ['8080'],
      upstreams: ['127.0.0.1:3000'],
      hosts: [{ name: 'localhost', hostHeaders: ['localhost', 'localhost:8080'] }],
      webRoot,
      maxHeaderBytes: maxHeaderSize,
      trust: [],
      proxyProtocol: false,
      brotli: false,
    },
  });
});

test('with a certificate, the nginx of this machine is asked for its version', async () => {
  const { folder } = await siteFolder();
  const file = join(folder, 'nginx');
  await writeFile(file, '#!/bin/sh\necho "nginx version: nginx/1.26.3" >&2\n');
  await chmod(file, 0o755);
  const words = ['--tls-cert', '/tls/cert', '--tls-key', '/tls/key', '--json'];
  const { stdout } = await nginx(words, { folder, environment: { PATH: folder } });
  expect(JSON.parse(stdout)).toMatchObject({
    options: { nginxVersion: '1.26.3' },
    config: expect.stringContaining('http2 on;'),
  });
});

test('a whole one is a configuration that nginx takes, as the help says to use it', async () => {
  const { folder, webRoot } = await siteFolder();
  await mkdir(webRoot);
  const { stdout } = await nginx(['--whole', '--listen', '127.0.0.1:8080'], { folder });
  await writeFile(join(folder, 'nginx.conf'), stdout);
  const { status, stderr } = spawnSync(installedNginx().nginx, ['-t', '-p', folder, '-c', 'nginx.conf'], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('test is successful') });
});

describe('wrong usage ends with 2:', () => {
  test.each([
    [
      '--whole with --part',
      ['--whole', '--part', 'http'],
      'ERR_USAGE',
      /'--whole' cannot be used with option '--part/,
    ],
    ['a part that there is not', ['--part', 'main'], 'ERR_USAGE', /http, server/],
    ['a web root that is not absolute', ['--web-root', 'pages'], 'ERR_OPTIONS', /--web-root.*absolute path/],
    ['a listen address that is none', ['--listen', '80;'], 'ERR_OPTIONS', /--listen/],
    ['an operand', ['blog.example'], 'ERR_USAGE', /Expected 0 arguments/],
  ])('%s', async (_, words, code, message) => {
    const { folder } = await siteFolder();
    const outcome = await nginx([...words, '--json'], { folder });
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorIn(outcome)).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('brotli', () => {
  const MODULE = 'modules/ngx_http_brotli_static_module.so';

  /** Makes a PATH with an nginx that reports a build, and a folder of modules next to it. */
  async function installation(
    folder: string,
    { build = '', modules = [MODULE] }: { build?: string; modules?: readonly string[] },
  ) {
    for (const name of ['bin', 'modules']) await mkdir(join(folder, name));
    for (const name of modules) await writeFile(join(folder, name), '');
    const file = join(folder, 'bin/nginx');
    await writeFile(
      file,
      `#!/bin/sh\n[ "$1" = -V ] && echo "configure arguments: ${build.replaceAll('$folder', folder)}" >&2\n`,
    );
    await chmod(file, 0o755);
    return { PATH: join(folder, 'bin') };
  }

  async function used(words: readonly string[], given: { build?: string; modules?: readonly string[] }) {
    const { folder } = await siteFolder();
    const environment = await installation(folder, given);
    const { stdout } = await run(['nginx', ...words, '--json'], { folder, environment });
    const { config, options } = JSON.parse(stdout);
    const module = options.brotliModule?.replace(folder, '$folder');
    return {
      brotli: options.brotli,
      module,
      directive: /\bbrotli_static on;/.test(config),
      loaded: /^load_module /m.test(config),
    };
  }

  const absent = { brotli: false, directive: false, loaded: false, module: undefined };
  const built = { ...absent, brotli: true, directive: true };
  const dynamic = { ...built, module: `$folder/${MODULE}` };

  test.each([
    [
      'on with the module in the folder that nginx names',
      [],
      { build: '--prefix=/usr --modules-path=$folder/modules' },
      dynamic,
    ],
    ['on with the module in the folder under its prefix', [], { build: '--prefix=$folder' }, dynamic],
    [
      'on with the module in a folder named from its prefix',
      [],
      { build: '--prefix=$folder --modules-path=modules' },
      dynamic,
    ],
    [
      'on with the module built in',
      [],
      { build: '--prefix=$folder --add-module=/src/ngx_brotli', modules: [] },
      built,
    ],
    ['off without the module', [], { build: '--prefix=$folder', modules: [] }, absent],
    [
      'off with the module that compresses on the fly alone',
      [],
      { build: '--prefix=$folder', modules: ['modules/ngx_http_brotli_filter_module.so'] },
      absent,
    ],
    [
      'on where it is asked for, though there is no module',
      ['--brotli'],
      { build: '--prefix=$folder', modules: [] },
      built,
    ],
    ['on with the module where it is asked for', ['--brotli'], { build: '--prefix=$folder' }, dynamic],
    [
      'off where it is not wanted, though there is the module',
      ['--no-brotli'],
      { build: '--prefix=$folder' },
      absent,
    ],
    [
      'loaded in a whole configuration',
      ['--whole'],
      { build: '--prefix=$folder' },
      { ...dynamic, loaded: true },
    ],
  ])('is %s', async (_, words, given, expected) => {
    expect(await used(words, given)).toEqual(expected);
  });

  test('is off with an nginx that cannot be run', async () => {
    const { folder } = await siteFolder();
    const environment = await installation(folder, { build: '--prefix=$folder' });
    await chmod(join(folder, 'bin/nginx'), 0o644);
    const { code, stdout } = await run(['nginx', '--json'], { folder, environment });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).options.brotli).toBe(false);
  });
});

describe('without a configuration file, the app is asked', () => {
  const index = new URL('../../../dist/index.js', import.meta.url).href;

  /** Makes a folder with an app that passes its options inline. */
  async function appFolder(text: (pages: string) => string, name = 'app.mjs') {
    const folder = await temporaryFolder();
    const webRoot = join(folder, 'pages');
    const options = { webRoot, urls: ['^/'], headers: { 'X-A': '1' } };
    const source = `import { staticGenerator } from '${index}';\n${text(`staticGenerator(${JSON.stringify(options)})`)}\n`;
    await writeFile(join(folder, name), source);
    return { folder, expected: generateNginx(resolveConfig(options), { serverNames: ['a.example'] }) };
  }

  const words = ['--server-name', 'a.example', '--app'];

  test.each([
    ['pages', (pages: string) => `export const pages = ${pages}; export const app = () => undefined;`],
    ['another name', (pages: string) => `export const site = ${pages};`],
    ['its default', (pages: string) => `export default ${pages};`],
    ['a member of its default', (pages: string) => `export default { pages: ${pages} };`],
    ['its members', (pages: string) => `export const { middleware, nginx, close } = ${pages};`],
  ])('which exports them as %s', async (_, text) => {
    const { folder, expected } = await appFolder(text);
    const { code, stdout, stderr } = await nginx([...words, './app.mjs'], { folder });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: expected, stderr: '' });
  });

  test('also in TypeScript, and in JSON', async () => {
    const { folder, expected } = await appFolder(
      (pages) => `export const pages: object = ${pages};`,
      'app.ts',
    );
    const { stdout } = await nginx([...words, 'app.ts', '--json'], { folder });
    expect(JSON.parse(stdout)).toEqual({ config: expected });
  });

  test.each([
    ['is not there', 'export {}', './other.mjs', /could not be loaded/],
    ['breaks', 'throw new Error("no database")', './app.mjs', /could not be loaded: .*no database/],
    ['exports none', 'export const app = 1', './app.mjs', /export const pages = staticGenerator/],
  ])('and one that %s is wrong usage', async (_, text, file, message) => {
    const { folder } = await appFolder(() => text);
    const outcome = await nginx([...words, file, '--json'], { folder });
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorIn(outcome)).toMatchObject({
      code: 'ERR_CONFIG_FILE',
      message: expect.stringMatching(message),
    });
  });

  test('and what is wrong with the options is told', async () => {
    const { folder } = await appFolder((pages) => `export const pages = ${pages};`);
    const outcome = await nginx(['--app', 'app.mjs', '--listen', 'x', '--json'], { folder });
    expect(outcome.code).toBe(2);
    expect(errorIn(outcome)).toMatchObject({
      code: 'ERR_OPTIONS',
      message: expect.stringMatching(/--listen/),
    });
  });
});
