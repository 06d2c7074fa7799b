import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateApache } from '../../../src/front/apache/generate.js';
import { bytesOf } from '../../cases/requests.js';
import { apacheModules, installed } from '../../helpers/servers/web-server.js';
import { HIT } from '../setup/nginx-front.js';
import { type ServerFront, startServerFront } from '../setup/server-front.js';

const BODY = '<p>text</p>'.repeat(300);

/** In the order in which Debian loads them, which differs from that of a whole configuration. */
const modules = [
  ...['access_compat', 'alias', 'auth_basic', 'authn_core', 'authn_file', 'authz_core', 'authz_host'],
  ...['authz_user', 'autoindex', 'brotli', 'cgid', 'filter', 'deflate', 'dir', 'env', 'headers', 'include'],
  ...[
    'mime',
    'mpm_event',
    'negotiation',
    'proxy',
    'proxy_http',
    'reqtimeout',
    'rewrite',
    'setenvif',
    'status',
  ],
];

/** The content of Debian's own files, and some habits of administrators. */
const habits = `
TypesConfig /dev/null
<Directory />
  Options FollowSymLinks
  AllowOverride All
  Require all denied
</Directory>
AddLanguage en .en
AddLanguage pt-br .pt-br
AddCharset ISO-8859-1 .iso8859-1
AddEncoding x-gzip .gz .tgz
AddHandler cgi-script .cgi
AddHandler type-map var
AddOutputFilter INCLUDES .shtml
AddOutputFilterByType DEFLATE text/html text/plain text/xml application/json
AddDefaultCharset koi8-r
FileETag None
ExtendedStatus On
<Location /server-status>
  SetHandler server-status
</Location>`;

const existing = (inside: string, text: string, port: number) =>
  [
    ...modules.map((name) => `LoadModule ${name}_module ${apacheModules()}/mod_${name}.so`),
    'User #65534\nGroup #65534\nDefaultRuntimeDir .\nPidFile apache.pid\nErrorLog /dev/stderr\nServerName x',
    `Listen 127.0.0.1:${port}`,
    habits,
    text.replace('</VirtualHost>', `${inside}\n</VirtualHost>`),
  ].join('\n');

async function frontAmong(inside = ''): Promise<ServerFront> {
  return await startServerFront('apache2', {
    compose: (config, addresses) =>
      existing(inside, generateApache(config, addresses), Number(addresses.listen[0]?.split(':')[1])),
  });
}

describe.skipIf(installed('apache2') === undefined)('in an Apache with habits of its own', () => {
  let front: ServerFront;
  beforeAll(async () => {
    front = await frontAmong();
    front.place('blog.page.html', BODY);
  });
  afterAll(() => front?.stop());

  test('a hit is what it is elsewhere, whatever its name is', async () => {
    for (const name of [
      'blog',
      'a.en',
      'a.pt-br',
      'a.iso8859-1',
      'a.cgi',
      'a.var',
      'a.shtml',
      'a.tgz',
      'a.en.x',
    ]) {
      front.place(`${name}.page.html`, BODY);
      front.place(`${name}.page.html.gz`, gzipSync(BODY));
      for (const coding of [undefined, 'gzip'] as const) {
        const headers = coding === undefined ? ['Accept-Encoding: identity'] : [`Accept-Encoding: ${coding}`];
        const { response, seen } = await front.ask(bytesOf({ target: `/${name}`, headers }));
        const { date, server, connection, etag, ...rest } = response.headers;
        expect(seen).toEqual([]);
        expect(etag).toMatch(/^(?:W\/)?"[\da-f-]+"$/);
        expect([name, rest]).toEqual([
          name,
          {
            ...(coding === undefined ? {} : { 'content-encoding': coding }),
            'content-type': 'text/html; charset=utf-8',
            'content-length': String(coding === undefined ? BODY.length : gzipSync(BODY).length),
            'cache-control': 'no-cache',
            'cache-status': HIT,
            vary: 'Accept-Encoding',
          },
        ]);
      }
    }
  });

  test('a page that has no coding is not compressed on the fly', async () => {
    front.place('bare.page.html', BODY);
    const { response } = await front.ask(
      bytesOf({ target: '/bare', headers: ['Accept-Encoding: gzip, br'] }),
    );
    expect(response.headers['content-encoding']).toBeUndefined();
    expect(response.body.toString()).toBe(BODY);
  });

  test('what is no page goes to the app', async () => {
    for (const target of ['/', '/missing', '/.htaccess', '//', '/a%2Fb', '/cgi-bin/']) {
      const { seen } = await front.ask(bytesOf({ target }));
      expect(seen.map((one) => one.target)).toEqual([target]);
    }
  });
});

describe.skipIf(installed('apache2') === undefined)('what the administrator forbids stays forbidden', () => {
  test('for pages, and for all else', async () => {
    const front = await frontAmong('<Location "/">\n  Require all denied\n</Location>');
    front.place('blog.page.html', 'page');
    for (const target of ['/blog', '/missing', '//']) {
      const { response, seen } = await front.ask(bytesOf({ target }));
      expect([target, response.status, seen]).toEqual([target, 403, []]);
    }
    await front.stop();
  });
});
