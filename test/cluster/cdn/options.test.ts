import { describe, expect, test } from 'vitest';
import { cloudflare } from '../../../src/cluster/cdn/index.js';
import { resolveConfig } from '../../../src/config.js';

const ZONE = '023e105f4ecef8ad9ca31a8372d0c353';
const site = { webRoot: '/pages', urls: [/^\//], hosts: ['a.example'], logger: false } as const;

function resolved(cdn: unknown, others: object = {}) {
  return resolveConfig({ ...site, ...others, cdn: cdn as never });
}

describe('the option cdn', () => {
  test('takes a service, a function, or an object with one of these', () => {
    const service = cloudflare({ zone: ZONE, token: 'secret' });
    const defaults = { purgeAgainMs: 10_000, waitMs: 5_000, maxWaiting: 5_000 };
    expect(resolveConfig(site).cdn).toBeUndefined();
    expect(resolved(service).cdn).toMatchObject({ service, ...defaults });
    expect(resolved({ service, waitMs: 0 }).cdn).toMatchObject({ service, ...defaults, waitMs: 0 });
    async function purgeSomewhere() {}
    expect(resolved(purgeSomewhere).cdn?.service).toEqual({
      ...{ name: 'purgeSomewhere', purge: purgeSomewhere, urlsPerCall: 100, millisecondsPerCall: 0 },
    });
  });

  test('needs the host names that visitors use', () => {
    expect(() => resolved(async () => undefined, { hosts: [] })).toThrow(
      /Expected `hosts` to be the host names that visitors use, by which the pages are purged at the CDN, got \[\]/,
    );
  });

  test('says all that is wrong at once, and shows no secret', () => {
    const wrong = { service: { token: 'secret' }, waitMs: -1, purgeAgainMs: 1.5, maxWaiting: 0, wait: 5 };
    expect(() => resolved(wrong)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTIONS',
        message: expect.not.stringContaining('secret'),
        fields: {
          problems: ['cdn.wait', 'cdn.service', 'cdn.purgeAgainMs', 'cdn.waitMs', 'cdn.maxWaiting'].map(
            (option) => expect.objectContaining({ option }),
          ),
        },
      }),
    );
    expect(() => resolved(5)).toThrow(/Expected `cdn` to be what cloudflare\(\)/);
  });

  test('reads its credentials from the environment where none are given', () => {
    const { CLOUDFLARE_ZONE_ID: zone, CLOUDFLARE_API_TOKEN: token } = process.env;
    try {
      Object.assign(process.env, { CLOUDFLARE_ZONE_ID: ZONE, CLOUDFLARE_API_TOKEN: 'secret' });
      expect(cloudflare().name).toBe(`Cloudflare, zone ${ZONE}`);
    } finally {
      for (const [name, value] of Object.entries({ CLOUDFLARE_ZONE_ID: zone, CLOUDFLARE_API_TOKEN: token }))
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    }
  });
});
