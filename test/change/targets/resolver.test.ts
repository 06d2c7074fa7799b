import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Target } from '../../../src/change/targets/target.js';
import { targetCases } from '../../cases/targets.js';
import { effort } from '../../helpers/effort.js';
import { type Site, type SiteOptions, startSite } from '../../helpers/site/site.js';
import { afterAllTests } from '../../helpers/temporary.js';

/** Starts a site that has a page at every path that can be a page, for one test. */
async function anySite(options: SiteOptions = {}): Promise<Site> {
  return await startSite((app) => {
    app.enable('case sensitive routing');
    app.use((_request, response) => void response.send('page'));
  }, options);
}

/** Returns one site for all tests of a `describe`. None of them leaves a page behind. */
function sharedSite(): () => Promise<Site> {
  const atEnd = afterAllTests();
  let site: Promise<Site> | undefined;
  return () => {
    site ??= anySite({ atEnd });
    return site;
  };
}

/** Returns the path that a browser requests for a link. */
function requested(written: string): string {
  return new URL(written.startsWith('/') ? `http://localhost${written}` : written).pathname;
}

/** Requests a path. Returns whether its page is stored afterwards. */
async function isStoredAfter(site: Site, path: string): Promise<boolean> {
  const from = site.logger.lines.length;
  const { cache } = await site.request(path);
  if (cache.endsWith('hit')) return true;
  if (!cache.includes('uri-miss')) return false;
  await site.logger.waitFor(({ message }) => message === 'page stored', from);
  return true;
}

async function isHit(site: Site, path: string): Promise<boolean> {
  return (await site.request(path, { headers: { cookie: 'unknown=1' } })).cache.endsWith('hit');
}

describe('a page that a visitor makes is deleted by the URL that it was asked for with', () => {
  const theSite = sharedSite();
  test.each(targetCases)('$written ($why)', async ({ written, page, listed }) => {
    const site = await theSite();
    expect(await isStoredAfter(site, '/other')).toBe(true);
    expect(await isStoredAfter(site, requested(written))).toBe(page === requested(written));
    if (page !== undefined) expect(await isStoredAfter(site, page)).toBe(true);
    const report = await site.pages.quickDelete(written, '/other');
    const expected = page === undefined ? ['/other'] : ['/other', page];
    expect([...report.deleted].sort()).toEqual(expected.sort());
    expect(report.notPages).toEqual(page === undefined ? [listed] : []);
    for (const path of expected) expect(await isHit(site, path)).toBe(false);
  });
});

test('a path that can be no page is listed once, beside whatever else is named', async () => {
  const site = await anySite();
  await isStoredAfter(site, '/');
  const record = { getAbsoluteUrl: () => ['/a%25b', '/', '/100%'] };
  const report = await site.pages.quickDelete(record, '/a%25b', [new URL('http://localhost/a%25b?c')], {
    tag: 'none',
  });
  expect(report).toEqual({ deleted: ['/'], regenerated: [], kept: [], notPages: ['/a%25b', '/100%'] });
});

test('such a path goes to the log, whoever names it', async () => {
  const site = await anySite();
  await site.pages.quickDelete('/a%25b', '/100%');
  const line = await site.logger.waitFor(({ message }) => message.startsWith('no page can have'));
  expect(line).toMatchObject({ level: 'info', fields: { paths: ['/a%25b', '/100%'] } });
});

test('where nothing else is named, nothing is done', async () => {
  const site = await anySite();
  const nothing = { deleted: [], regenerated: [], kept: [], notPages: ['/a%25b'] };
  expect(await site.pages.quickDelete('/a%25b')).toEqual(nothing);
  expect(await site.pages.quickDelete('/a%25b', { refresh: 'regenerate' })).toEqual(nothing);
  expect(await site.pages.quickPublish('/a%25b')).toEqual({ stored: [], refused: [], notPages: ['/a%25b'] });
});

test('quickPublish and a regeneration go on with the others', async () => {
  const site = await anySite();
  const published = await site.pages.quickPublish('/a%25b', '/', '/index.html');
  expect(published).toMatchObject({ stored: [{ path: '/' }], refused: [] });
  expect(published.notPages).toEqual(['/a%25b', '/index.html']);
  expect(await site.pages.quickDelete('/a%25b', '/', { refresh: 'regenerate' })).toEqual({
    ...{ deleted: [], regenerated: ['/'], kept: [] },
    notPages: ['/a%25b'],
  });
});

describe('the page beside it is deleted,', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom(
      '%',
      '%2',
      '%20',
      '%2F',
      '%c3%a9',
      '%ff',
      '..',
      '.',
      '//',
      '?',
      '#',
      ';',
      '"',
      '\\',
      '\ud800',
    ),
    fc.constantFrom(
      'index.html',
      '.gz',
      '.page.',
      'a',
      'é',
      '*',
      '**',
      '[',
      '[a]',
      '{',
      '{a,b}',
      '{1..3}',
      '!',
    ),
  );
  const anyPath = fc.array(piece, { maxLength: 6 }).map((pieces) => `/${pieces.join('')}`);
  const path = anyPath.filter((text) => !/[*[{]/.test(text.replace(/[?#].*$/su, '')));
  const beside = async (site: Site, target: Target) => {
    await isStoredAfter(site, '/beside.html');
    return (await site.pages.quickDelete(target, '/beside.html')).deleted;
  };

  test('whatever path is named', async () => {
    const site = await anySite();
    await fc.assert(
      fc.asyncProperty(path, async (text) => {
        expect(await beside(site, text)).toContain('/beside.html');
      }),
      { numRuns: effort({ usual: 40, long: 150 }) },
    );
  });

  test('whatever address a record has', async () => {
    const site = await anySite();
    await fc.assert(
      fc.asyncProperty(anyPath, async (text) => {
        expect(await beside(site, { getAbsoluteUrl: () => text })).toContain('/beside.html');
      }),
      { numRuns: effort({ usual: 40, long: 150 }) },
    );
  });
});

const refusing = sharedSite();
test.each<[string, unknown]>([
  ['a glob that is none', '/posts/[a'],
  ['a glob in a URL', 'http://localhost/posts/*'],
  ['another scheme', 'ftp://localhost/a%25b'],
  ['a path without its slash', 'a b'],
  ['a URL without a host', 'http://'],
  ['a record without an address', { getAbsoluteUrl: () => '' }],
  ['a bigint', 42n],
  ['a symbol', Symbol('a')],
])('what is no path at all is still refused: %s', async (_name, target) => {
  const site = await refusing();
  await isStoredAfter(site, '/');
  await expect(site.pages.quickDelete('/', target as Target)).rejects.toMatchObject({
    code: 'ERR_BAD_TARGET',
  });
  expect(await isHit(site, '/')).toBe(true);
});

test('a host that `hosts` does not list is refused, whatever its path', async () => {
  const site = await startSite(() => undefined, { hosts: ['a.example', 'b.example'] });
  for (const target of ['http://c.example/', 'http://c.example/a%25b', new URL('http://c.example/a%25b')])
    await expect(site.pages.quickDelete(target)).rejects.toMatchObject({ code: 'ERR_BAD_TARGET' });
  expect((await site.pages.quickDelete('http://A.example:80/a%25b')).notPages).toEqual(['/a%25b']);
});
