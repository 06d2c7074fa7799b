import { lstatSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isLong } from '../helpers/effort.js';
import { compareExchanges } from './compare.js';
import { cacheStatusOf, type Engine, type EngineSite, engines, HIT, startEngine } from './engines.js';
import type { SentRequest } from './grammar.js';
import { createSite, filePaths } from './site/app.js';
import { middlewarePaths } from './site/middleware.js';
import { refusedPaths } from './site/refused.js';
import { type SettingName, settings } from './site/settings.js';
import { storablePaths } from './site/storable.js';
import { undeclaredPaths } from './site/undeclared.js';
import { storedFiles } from './tree.js';
import type { Answer } from './wire.js';

const codings = ['identity', 'gzip', 'br, gzip;q=0.5'] as const;

describe.each(engines)('through %s', (engine) => {
  describe.each(['plain', 'dressed'] as const)('of the site that is %s', (name) => {
    test('every kind of plain response is stored, and a hit is what the miss was', async () => {
      const site = await startWholeSite(engine, name);
      // The redirects of express.static are not stored either; see the refusals.
      const files = filePaths.filter((path) => /\/(?:page|large)\.html|\/noise|folder\/$/.test(path));
      const stored = files.filter((path) => !path.startsWith('/files/'));
      const all = new Set([...storablePaths, ...undeclaredPaths, ...stored]);
      // This page expires after a second.
      all.delete('/fresh/short');
      for (const path of inTurn([...all], engine, name)) {
        if (isOtherSpelling(name, path)) await expectRefused(site, path, 'case');
        else await expectStored(site, path);
      }
      expect(all.size).toBeGreaterThan(refusedPaths.length);
    });

    test('the packages of others, at their defaults, leave a hit what the miss was', async () => {
      const site = await startWholeSite(engine, name);
      for (const path of inTurn(middlewarePaths, engine, name)) {
        const refusal = refusalOf(path);
        if (refusal === undefined) await expectStored(site, path);
        else await expectRefused(site, path, refusal);
      }
    });
  });

  test('with helmet declared, its pages are there for nginx, and without it for Node', async () => {
    const kinds = await Promise.all(
      (['plain', 'dressed'] as const).map(async (name) => {
        const site = await startWholeSite(engine, name);
        await site.visit('/inner/helmet');
        return storedFiles(site.webRoot, settings[name].hosts).length;
      }),
    );
    expect(kinds).toEqual([0, 1]);
  });
});

test('hits through nginx do not come to Node, whatever the package', async () => {
  const site = await startWholeSite('nginx', 'dressed');
  const packages = ['helmet', 'zip', 'zip-small', 'cookies', 'session'];
  for (const path of packages.flatMap((name) => [`/outer/${name}/long`, `/inner/${name}/long`])) {
    await site.visit(path);
    const before = site.reached();
    expect(cacheStatusOf(await site.ask(path))).toBe(HIT);
    expect([path, site.reached()]).toEqual([path, before]);
  }
});

test('what is stored is readable for nginx, and writable for nobody else', async () => {
  const site = await startWholeSite('nginx', 'plain');
  await site.visit('/blog/');
  expect(lstatSync(`${site.webRoot}/blog/index.html`).mode & 0o777).toBe(0o644);
  expect(lstatSync(`${site.webRoot}/blog`).mode & 0o777).toBe(0o755);
});

/**
 * Returns all paths in long tests. Otherwise each engine of each site gets a quarter, so that each path is tested once.
 */
function inTurn(all: readonly string[], engine: Engine, name: SettingName): readonly string[] {
  const quarter = 2 * Number(engine === 'nginx') + Number(name === 'plain');
  return isLong ? all : all.filter((_, index) => index % 4 === quarter);
}

/** Expects a miss, and then hits in every coding with the headers of the miss. */
async function expectStored(site: EngineSite, path: string): Promise<void> {
  const miss = await site.visit(path);
  expect.soft([path, miss.outcome]).toEqual([path, 'stored']);
  if (miss.outcome !== 'stored') return;
  for (const coding of codings) {
    const lines = ['Host: localhost', `Accept-Encoding: ${coding}`];
    const request: SentRequest = { method: 'GET', target: path, version: '1.1', lines, body: '' };
    const hit = await site.ask(path, request);
    expect.soft([path, cacheStatusOf(hit)]).toEqual([path, HIT]);
    expect.soft([path, ...compareExchanges(exchange(hit), exchange(miss), [request])]).toEqual([path]);
  }
}

/** Expects that every visit gets the answer of the app. */
async function expectRefused(site: EngineSite, path: string, refusal: string): Promise<void> {
  for (const _time of [1, 2]) expect.soft([path, (await site.visit(path)).outcome]).toEqual([path, refusal]);
}

/**
 * Whether a path has capital letters. With Express's default, as on the dressed site, it is another spelling of a page.
 */
function isOtherSpelling(name: SettingName, path: string): boolean {
  return name === 'dressed' && /[A-Z]/.test(decodeURIComponent(path));
}

const exchange = (answer: Answer) => ({ answers: [answer], rest: '', silent: false });

/** Returns why the pages of a package are refused, or `undefined`. */
function refusalOf(path: string): string | undefined {
  return path.includes('/session-always') ? 'set-cookie' : undefined;
}

async function startWholeSite(engine: Engine, name: SettingName): Promise<EngineSite> {
  const setting = settings[name];
  return await startEngine(
    engine,
    (pages, folder) => createSite({ setting, folder, pages, middleware: [pages.middleware] }),
    setting.options,
  );
}
