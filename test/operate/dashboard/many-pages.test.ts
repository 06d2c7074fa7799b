import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { fillSqlite } from '../../helpers/databases/sqlite-file.js';
import { isLong } from '../../helpers/effort.js';
import { type DashboardSite, listedPaths, startDashboardSite } from './site.js';

const PAGES = isLong ? 100_000 : 10_000;
/** The number of rows that one turn of the event loop may read. */
const IN_A_TURN = 250;

/** Starts a site whose ledger has many pages. */
async function siteWithMany(): Promise<DashboardSite> {
  const site = await startDashboardSite();
  await site.visit('/');
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${PAGES})`;
  const path = "'/many/' || printf('%06d', i)";
  fillSqlite(join(site.webRoot, '.staticgenerator/ledger.sqlite'), [
    `${numbers} INSERT INTO pages (file, host, path, name, bytes, hash, stored_at, placed)
       SELECT ${path} || '.html', '', ${path}, ${path}, i, 'hash', 1, 1 FROM n`,
    `INSERT INTO tags (tag, page) SELECT 'all', id FROM pages`,
  ]);
  return site;
}

describe(`of ${PAGES} pages`, () => {
  const last = `/many/${String(PAGES).padStart(6, '0')}`;

  test.each([
    ['a search', `/?q=${last}`, `<p role="status">1 page found.`],
    ['a tag', '/?tag=all&q=many', `pages found.`],
    ['a rule', `/?rule=${encodeURIComponent('/^\\//')}`, `pages found.`],
    ['a preview of all', '/preview?do=delete&all=1', 'pages?</h1>'],
    ['a preview of a tag', '/preview?do=delete&tag=all', 'pages?</h1>'],
  ])('%s looks through all of them, and lets others have their turn meanwhile', async (_what, path, text) => {
    const site = await siteWithMany();
    await site.look('/?q=first-load');
    let [turns, isDone] = [0, false];
    const count = async () => {
      for (; !isDone; turns += 1) await nextTurn();
    };
    const counting = count();
    const { status, body } = await site.look(path);
    isDone = true;
    await counting;
    expect(status).toBe(200);
    expect(body).toContain(text);
    expect(turns).toBeGreaterThan(PAGES / IN_A_TURN / 2);
  });

  test('the last are found from where a list goes on', async () => {
    const site = await siteWithMany();
    const from = `0.${last.slice(0, -1)}`;
    expect(listedPaths(await site.look(`/?from=${encodeURIComponent(from)}`)).at(-1)).toBe(last);
  });
});
