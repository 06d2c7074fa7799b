import { maxHeaderSize } from 'node:http';
import { expect, test } from 'vitest';
import { type NginxForm, type NginxOptions, resolveNginxOptions } from '../../../src/front/nginx/options.js';

const site = { webRoot: '/var/www/pages', hosts: [] };
const resolve = (options: NginxOptions) => resolveNginxOptions(site, options);

test('the defaults are those of a site on this machine', () => {
  expect(resolve({})).toEqual({
    form: 'default',
    name: 'staticgenerator',
    defaultServer: true,
    nginxVersion: undefined,
    listen: ['80'],
    upstreams: ['127.0.0.1:3000'],
    tls: undefined,
    accessLog: undefined,
    hosts: [{ name: 'localhost', hostHeaders: ['localhost'] }],
    webRoot: '/var/www/pages',
    maxHeaderBytes: maxHeaderSize,
    trust: [],
    proxyProtocol: false,
    brotli: false,
    brotliModule: undefined,
  });
});

test.each(['default', 'whole', 'http', 'server'] as const)('the form %s is accepted', (form) => {
  expect(resolve({ form }).form).toBe(form);
});

test('a form that there is not is refused, in one error with what is wrong for any server', () => {
  const options = { form: 'half' as NginxForm, listen: ['80;'] };
  expect(() => resolve(options)).toThrow(
    expect.objectContaining({
      code: 'ERR_OPTIONS',
      message: [
        'The nginx configuration cannot be generated:',
        'Expected `--form` to be one of default, whole, http, server, got half',
        'Expected `--listen` to be a port, address:port or unix:/path, got "80;"',
      ].join('\n  '),
      fields: {
        problems: [{ option: 'form' }, { option: 'listen' }].map((one) => expect.objectContaining(one)),
      },
    }),
  );
});

test.each<[object, string]>([
  [{ serverName: ['a.example'] }, 'Unknown option `serverName`. Did you mean `serverNames`?'],
  [
    { serverNames: 'a.example' },
    'Expected `serverNames` to be an array of strings, got "a.example" (string)',
  ],
  [{ upstreams: [3000] }, 'Expected `upstreams` to be an array of strings, got [ 3000 ] (object)'],
  [{ webRoot: 1 }, 'Expected `webRoot` to be a string, got 1 (number)'],
  [{ openFiles: '10' }, 'Expected `openFiles` to be a number, got "10" (string)'],
  [{ brotli: 'yes' }, 'Expected `brotli` to be true or false, got "yes" (string)'],
])('what code passes that is no option is refused: %j', (given, message) => {
  expect(() => resolve(given)).toThrow(
    expect.objectContaining({
      code: 'ERR_OPTIONS',
      message: `The configuration cannot be used:\n  ${message}`,
    }),
  );
});

test.each(['', '1a', 'a-b', 'a.b', '$a', 'http', 'HTTP', 'proxy', 'sent_http', 'upstream_a'])(
  'the name %j is refused',
  (name) => {
    expect(() => resolve({ name })).toThrow(/Expected `--name` to be letters, digits and underscores/);
  },
);

test.each(['shop', 'Shop_2', 'httpd', 'my_http'])(
  'the name %s is accepted, and is not that of the default server',
  (name) => {
    expect(resolve({ name })).toMatchObject({ name, defaultServer: false });
  },
);

test.each(['', '1', '1.25', 'v1.25.1'])('the version %j is refused', (nginxVersion) => {
  expect(() => resolve({ nginxVersion })).toThrow(/Expected `--nginx-version` to be three numbers/);
});

test('HTTP/3 with an nginx that is too old is refused', () => {
  const options = { tlsCertificate: '/a', tlsKey: '/b', http3: true };
  expect(() => resolve({ ...options, nginxVersion: '1.24.0' })).toThrow(/1\.25\.0 or newer for HTTP\/3/);
  expect(resolve({ ...options, nginxVersion: '1.25.0' }).tls?.http3).toBe(true);
});

test.each([0, -1, 1.5, Number.NaN, 1_000_001])('%s files kept open are refused', (openFiles) => {
  expect(() => resolve({ openFiles })).toThrow(
    /Expected `--open-files` to be a whole number of files from 1 to/,
  );
});
