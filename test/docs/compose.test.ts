import { readdirSync } from 'node:fs';
import { BlockList } from 'node:net';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  balanced,
  compose,
  composeFolder,
  configurationCommand,
  found,
  mountsOf,
  networksOf,
  optionOf,
  readExample,
  serviceOf,
  volumeAt,
} from './compose.js';
import { readPage } from './markdown.js';

const HOSTS = ['1', '2'];
const own = JSON.parse(readPage('package.json').text) as {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
};

function isWithin(address: string | undefined, network: string): boolean {
  const [{ subnet } = { subnet: '' }] = compose.networks[network]?.ipam?.config ?? [];
  const [base = '', bits] = subnet.split('/');
  const list = new BlockList();
  list.addSubnet(base, Number(bits));
  return address !== undefined && list.check(address);
}

describe.each(HOSTS)('host %s', (host) => {
  const [app, nginx] = [`app-${host}`, `nginx-${host}`];

  test('has one folder of pages, which its nginx reads where the configuration says, and no other host has', () => {
    const { WEB_ROOT = '' } = serviceOf(app).environment ?? {};
    const pages = volumeAt(app, WEB_ROOT);
    expect(volumeAt(nginx, optionOf('--web-root'))).toBe(pages);
    const users = Object.keys(compose.services).filter((name) =>
      mountsOf(name).some(({ source }) => source === pages),
    );
    expect(users.sort()).toEqual([app, nginx]);
    expect(mountsOf(app).find(({ source }) => source === pages)?.isReadOnly).toBe(false);
    expect(mountsOf(nginx).every(({ isReadOnly }) => isReadOnly)).toBe(true);
  });

  test('has an app that its nginx, and nobody else in front, finds at an address that lasts', () => {
    const [name = '', port] = optionOf('--upstream').split(':');
    const addresses = found(nginx, name);
    expect(addresses.map(({ service }) => service)).toEqual([app]);
    expect(isWithin(addresses[0]?.address, `host-${host}`)).toBe(true);
    expect(serviceOf(app).environment?.PORT).toBe(port);
    expect(serviceOf(app).ports).toBeUndefined();
    expect(found('balancer', name)).toEqual([]);
  });

  test('finds the bus, and says its own name', () => {
    const { REDIS_URL = '', HOST } = serviceOf(app).environment ?? {};
    const { hostname, port } = new URL(REDIS_URL);
    expect(found(app, hostname).map(({ service }) => service)).toEqual(['valkey']);
    expect([port, HOST]).toEqual(['6379', serviceOf(app).hostname]);
  });

  test('starts when its configuration is written, in an image that the configuration is for', () => {
    expect(serviceOf(nginx).depends_on).toEqual({
      [app]: { condition: 'service_healthy' },
      configuration: { condition: 'service_completed_successfully' },
    });
    const { file } = configurationCommand();
    const volume = volumeAt('configuration', posix.dirname(file));
    expect(volumeAt(nginx, '/etc/nginx/conf.d')).toBe(volume);
    expect(posix.basename(file)).toBe('default.conf');
    expect(`${serviceOf(nginx).image}.0`).toBe(`nginx:${optionOf('--nginx-version')}`);
  });

  test('is in the load balancer, under an address that lasts', () => {
    expect(balanced()).toContain(`${nginx}:80`);
    const [entry] = found('balancer', nginx);
    expect(isWithin(entry?.address, 'front')).toBe(true);
  });
});

test('only the load balancer is reached from outside, on a port that no Host header has', () => {
  const published = Object.entries(compose.services).filter(([, { ports }]) => ports !== undefined);
  expect(published.map(([name, { ports }]) => [name, ports])).toEqual([['balancer', ['80:80']]]);
  expect(balanced()).toHaveLength(HOSTS.length);
  expect(mountsOf('balancer')).toEqual([
    { source: './balancer.conf', target: '/etc/nginx/conf.d/default.conf', isReadOnly: true },
  ]);
});

test('nginx believes those who are on the network of the load balancer, and nobody else', () => {
  expect(compose.networks.front?.ipam?.config).toEqual([{ subnet: optionOf('--trust') }]);
  const there = Object.keys(compose.services).filter((name) => 'front' in networksOf(name));
  expect(there.sort()).toEqual(['balancer', 'nginx-1', 'nginx-2']);
});

test('the hosts differ in nothing but their names, volumes and networks', () => {
  const texts = HOSTS.flatMap((host) => [`app-${host}`, `nginx-${host}`])
    .map((name) => JSON.stringify(serviceOf(name)).replaceAll(/\b(app|pages|host)-\d/g, '$1-N'))
    .map((text) => text.replaceAll(/10\.250\.(?:0\.1\d|\d\.10)/g, 'address'));
  expect(texts.slice(0, 2)).toEqual(texts.slice(2));
});

test('all volumes and networks are declared, and used', () => {
  const names = Object.keys(compose.services);
  const volumes = names.flatMap(mountsOf).map(({ source }) => source);
  const named = volumes.filter((source) => !source.startsWith('./'));
  expect([...new Set(named)].sort()).toEqual(Object.keys(compose.volumes).sort());
  const networks = names.flatMap((name) => Object.keys(networksOf(name)));
  expect([...new Set(networks)].sort()).toEqual(Object.keys(compose.networks).sort());
});

test('the image has what the services need: the folders of their volumes, the files and packages of the app', () => {
  const dockerfile = readExample('app/Dockerfile');
  const owned = (/chown node (.+)$/m.exec(dockerfile)?.[1] ?? '').split(' ');
  const folders = ['app-1', 'app-2', 'configuration'].flatMap(mountsOf).map(({ target }) => target);
  expect(folders.filter((folder) => !owned.includes(folder))).toEqual([]);
  expect(dockerfile).toContain('CMD ["node", "app.js"]');
  expect(readdirSync(`${composeFolder}/app`).filter((name) => name.endsWith('.js'))).toEqual([
    'app.js',
    'staticgenerator.config.js',
  ]);

  const { dependencies } = JSON.parse(readExample('app/package.json'));
  const { express, redis } = own.devDependencies;
  // The name that the Dockerfile gives to the file of `npm pack`.
  expect(dependencies).toEqual({ express, redis, staticgenerator: 'file:staticgenerator.tgz' });
  expect(dockerfile).toMatch(/^COPY .*staticgenerator-\*\.tgz staticgenerator\.tgz$/m);
});

test('the commands of its README name services, and addresses that these services find', () => {
  const lines = readPage('docs/examples/compose/README.md')
    .blocks.filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split('\n'));
  const executed = lines.flatMap((line) => {
    const [, service, url] = /^docker compose exec ([\w-]+) curl .* (http:\S+)$/.exec(line) ?? [];
    return service === undefined || url === undefined ? [] : [{ service, url: new URL(url) }];
  });
  expect(executed.map(({ service, url }) => found(service, url.hostname).length)).toEqual([1, 1]);
  const named = lines.flatMap((line) => /^docker compose (?:exec|start|stop) ([\w-]+)/.exec(line)?.[1] ?? []);
  expect(named.filter((name) => !(name in compose.services))).toEqual([]);
  expect(named.length).toBeGreaterThan(4);
});
