import { maxHeaderSize } from 'node:http';
import { expect, test } from 'vitest';
import { type NginxForm, type NginxOptions, resolveNginxOptions } from '../../../src/front/nginx/options.js';

const site = { webRoot: '/var/www/pages', hosts: [] };
const resolve = (options: NginxOptions) => resolveNginxOptions(site, options);

test('the defaults are those of a site on this machine', () => {
  expect(resolve({})).toEqual({
    form: 'default',
    listen: ['80'],
    upstreams: ['127.0.0.1:3000'],
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
