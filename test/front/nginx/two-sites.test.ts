import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { generateNginx, type NginxForm, type NginxOptions } from '../../../src/front/nginx/generate.js';
import { bytesOf } from '../../cases/requests.js';
import { startNginx } from '../../helpers/servers/nginx.js';
import { freePort } from '../../helpers/servers/ports.js';
import { rawRequest } from '../../helpers/servers/raw-http.js';
import { type EchoApp, startEchoApp } from '../setup/echo-app.js';
import { placeFile } from '../setup/front.js';
import { HIT } from '../setup/nginx-front.js';
import { siteConfig } from '../setup/site-config.js';

const hosts = ['blog.example', 'shop.example'] as const;
/** The first site has the default names. */
const namings: readonly NginxOptions[] = [{}, { name: 'shop' }];

describe.each<[string, NginxForm[]]>([
  ['as two files of conf.d', ['default']],
  ['as two pairs', ['http', 'server']],
])('two sites on one nginx, %s', (_, forms) => {
  test('each answer for their host, and the first for hosts that nobody knows', async () => {
    const { port, apps } = await startSites(forms);
    for (const [index, host] of hosts.entries()) {
      const { response } = await ask(port, apps, { host, target: '/blog' });
      expect([response.headers['cache-status'], response.body.toString()]).toEqual([HIT, `page of ${host}`]);
      const { response: asset } = await ask(port, apps, { host, target: '/static/a.txt' });
      expect(asset.body.toString()).toBe(`asset of ${host}`);
      const { seenBy, voucher } = await ask(port, apps, { host, target: '/missing' });
      expect([seenBy, voucher]).toEqual([index, expect.not.stringMatching(/^unvouched$/)]);
    }
    const unknown = await ask(port, apps, { host: 'other.example', target: '/blog' });
    expect([unknown.seenBy, unknown.voucher]).toEqual([0, 'unvouched']);
  });
});

test("a name replaces that of everything, and nothing that is somebody else's text", () => {
  const theirs = [
    'staticgenerator_cookie',
    'staticgenerator_header',
    '/staticgenerator_root',
    '/staticgenerator_url/',
  ];
  const config = siteConfig({
    hosts: ['a.example', 'staticgenerator_host'],
    bypassCookies: ['staticgenerator_cookie'],
    headers: { 'X-A': '/staticgenerator_header' },
    countHits: true,
    assets: {
      root: '/srv/staticgenerator_static',
      url: '/staticgenerator_url/',
      headers: { 'X-B': 'staticgenerator_x' },
    },
  });
  const options = {
    webRoot: '/srv/staticgenerator_root',
    trust: ['::1'],
    accessLog: '/log/staticgenerator_log',
  };
  const upstreams = ['a:1', 'b:1'];
  for (const form of ['default', 'http', 'server', 'whole'] as const) {
    const plain = generateNginx(config, { form, upstreams, ...options, defaultServer: false });
    const shop = generateNginx(config, { form, upstreams, ...options, name: 'shop' });
    const own =
      /[$@{<]staticgenerator_|(?:^ *(?:upstream|log_format) |http:\/\/| \/log\/staticgenerator_log |nohostname )staticgenerator_/gm;
    expect(plain.match(own)?.length).toBeGreaterThan(1);
    expect(shop.match(own)).toBeNull();
    expect(
      shop.replaceAll(
        /(?<=[$@{<]|upstream |log_format |http:\/\/|_log |nohostname )shop_/g,
        'staticgenerator_',
      ),
    ).toBe(plain);
    if (form === 'default') for (const text of theirs) expect(shop).toContain(text);
  }
});

interface Sites {
  readonly port: number;
  readonly apps: readonly EchoApp[];
}

async function startSites(forms: readonly NginxForm[]): Promise<Sites> {
  const root = mkdtempSync(join(tmpdir(), 'sites-'));
  chmodSync(root, 0o755);
  onTestFinished(() => rmSync(root, { recursive: true }));
  const apps = await Promise.all(hosts.map(startEchoApp));
  onTestFinished(async () => void (await Promise.all(apps.map((app) => app.stop()))));
  const port = await freePort();
  const texts = hosts.map((host, index) => {
    const webRoot = join(root, host, 'pages');
    const staticRoot = join(root, host, 'static');
    placeFile(join(webRoot, 'blog.page.html'), `page of ${host}`);
    placeFile(join(staticRoot, 'a.txt'), `asset of ${host}`);
    const config = siteConfig({ webRoot, hosts: [host], assets: { root: staticRoot } });
    const addresses = { listen: [`127.0.0.1:${port}`], upstreams: [`127.0.0.1:${apps[index]?.port}`] };
    const serverNames = [`${host}:${port}`, host];
    const [first = '', second] = forms.map((form) =>
      generateNginx(config, { form, serverNames, ...addresses, ...namings[index] }),
    );
    const server = `server { listen 127.0.0.1:${port}; server_name ${host}; ${second} }`;
    return second === undefined ? first : `${first}\n${server}`;
  });
  const nginx = await startNginx(`events {} http { ${texts.join('\n')} }`);
  onTestFinished(() => nginx.stop());
  return { port, apps };
}

async function ask(port: number, apps: readonly EchoApp[], request: Parameters<typeof bytesOf>[0]) {
  for (const app of apps) app.seen.length = 0;
  const response = await rawRequest(port, bytesOf(request));
  const seenBy = apps.findIndex(({ seen }) => seen.length > 0);
  return { response, seenBy, voucher: apps[seenBy]?.seen[0]?.headers['x-staticgenerator']?.[0] };
}
