import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Selector } from '../../src/page/selector.js';
import { readPages, temporaryFiles } from '../helpers/protocol/faults/disk.js';
import { FaultProcess, type Operation } from '../helpers/protocol/faults/fault-process.js';
import { temporaryMemoryFolder } from '../helpers/protocol/faults/memory-folder.js';
import { GatedSite } from '../helpers/protocol/gated-site.js';

const PATHS = ['/a', '/a/', '/a/x'];
const news: Selector = { kind: 'tag', value: 'news' };

/** Prepares every WEB_ROOT, and runs operations without faults. */
let first: FaultProcess;
beforeAll(async () => {
  first = await FaultProcess.start();
});
afterAll(() => first.stop());

/** Prepares a site that keeps running while another process of it is killed at a named call of an operation. */
async function livingSite() {
  const folder = temporaryMemoryFolder();
  const webRoot = join(folder, 'pages');
  await first.prepare(webRoot, PATHS);
  const site = new GatedSite(webRoot, { version: 2 });

  /** Kills the other process before a call of the operation. */
  const kill = async (operation: Operation, { name, at = 0 }: Call) => {
    const victim = await FaultProcess.start();
    onTestFinished(() => victim.stop());
    const fault = { name, at: at === 0 ? await countElsewhere(operation, name) : at, kind: 'SIGKILL' };
    expect(await victim.meet(webRoot, operation, fault)).toBeUndefined();
  };
  /** Counts the calls of a name that an operation makes without faults. */
  const countElsewhere = async (operation: Operation, name: string) => {
    const elsewhere = join(folder, 'elsewhere');
    await first.prepare(elsewhere, PATHS);
    const untouched = await first.meet(elsewhere, operation, { at: -1, kind: 'SIGKILL' });
    return (untouched?.calls ?? []).filter((call) => call === name).length;
  };
  return { webRoot, site, kill };
}

/** The n-th call of a name. Default: the last one. */
interface Call {
  readonly name: string;
  readonly at?: number;
}

const nth = (name: string, at: number): Call => ({ name, at });

const BEGIN = 'sqlite BEGIN IMMEDIATE';
const COMMIT = 'sqlite COMMIT';
const finished = ({ message }: { readonly message: string }) =>
  message === 'an unfinished deletion was completed';
const versionsOn = (webRoot: string) => readPages(webRoot).map(({ content }) => content.version);

test.each([
  ['between the record of a deletion and its first batch', nth(BEGIN, 2)],
  ['after the first file of a deletion', nth('unlink', 4)],
  ['before the commit of its first batch', nth(COMMIT, 2)],
  ['between two of its batches', nth(BEGIN, 3)],
  ['before the commit of its last batch', { name: COMMIT }],
])('killed %s: the next process that stores a page finishes it', async (_name, call) => {
  const { webRoot, site, kill } = await livingSite();
  await kill('delete by tag', call);
  expect(await site.render('/unrelated')).toBe('stored');
  await site.logger.waitFor(finished);
  expect(versionsOn(webRoot).filter((version) => version < 2)).toEqual([]);
  expect(site.hasPage('/a')).toBe(false);
});

test('killed in the middle of a deletion: without any visitor, a process that lives finishes it', async () => {
  const { webRoot, site, kill } = await livingSite();
  await kill('delete by tag', nth(BEGIN, 2));
  expect(versionsOn(webRoot)).toEqual([1, 1, 1]);
  await site.logger.waitFor(finished);
  expect(versionsOn(webRoot)).toEqual([]);
});

test('killed before the record of a deletion: nothing has happened, and nothing is lost', async () => {
  const { webRoot, site, kill } = await livingSite();
  await kill('delete by tag', nth(COMMIT, 1));
  await site.site.invalidator.takeOver();
  expect(versionsOn(webRoot)).toEqual([1, 1, 1]);
  for (const path of PATHS) expect(site.hasPage(path)).toBe(true);
});

test('killed between record and place: a row without a file harms nobody', async () => {
  const { webRoot, site, kill } = await livingSite();
  await kill('visit', nth(BEGIN, 2));
  expect(readPages(webRoot)).toHaveLength(PATHS.length);
  expect(site.hasPage('/new')).toBe(false);
  expect(temporaryFiles(webRoot).length).toBeGreaterThan(0);
  expect(await site.render('/new')).toBe('stored');
  await site.site.invalidator.invalidate([news]);
  expect(readPages(webRoot)).toEqual([]);
});

test.each([
  ['before the page is in place', nth('rename', 1), undefined],
  ['between the page and its first coding', nth('rename', 2), 0],
  ['between its codings', nth('rename', 3), 1],
  ['between the last rename and the commit', nth(COMMIT, 2), 2],
])(
  'killed %s: what stands there is whole, and the next deletion by tag finds it',
  async (_name, call, codings) => {
    const { webRoot, site, kill } = await livingSite();
    await kill('visit', call);
    const placed = readPages(webRoot).filter(({ content }) => content.path === '/new');
    expect(placed.map(({ content }) => content.version)).toEqual(codings === undefined ? [] : [2]);
    const beside = readdirSync(webRoot).filter((name) => /^new\.page\.html\./.test(name));
    expect(beside).toHaveLength(codings ?? 0);
    await site.site.invalidator.invalidate([news]);
    expect(readPages(webRoot)).toEqual([]);
  },
);

test('killed while it replaces a page: the old one or the new one stands there, and never a coding of the other', async () => {
  const { webRoot, site, kill } = await livingSite();
  // At this point, one coding of the old page is removed, and the new page has no coding yet.
  await kill('publish', nth('unlink', 2));
  expect(versionsOn(webRoot)).toEqual([1, 1, 1]);
  await kill('publish', nth('rename', 2));
  expect(versionsOn(webRoot).sort()).toEqual([1, 1, 2]);
  await site.site.invalidator.invalidate([news]);
  expect(readPages(webRoot)).toEqual([]);
});
