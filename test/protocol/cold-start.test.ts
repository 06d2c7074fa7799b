import { copyFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { effort } from '../helpers/effort.js';
import { LedgerView, readPages } from '../helpers/protocol/faults/disk.js';
import { memoryFolder, temporaryMemoryFolder } from '../helpers/protocol/faults/memory-folder.js';
import { removeLedgerNow } from '../helpers/protocol/gated-site.js';
import { RemoteSite } from '../helpers/protocol/hosts/remote-site.js';
import { readPage } from '../helpers/protocol/soak-reader.js';

const PROCESSES = effort({ usual: 2, long: 4 });
const ROUNDS = effort({ usual: 1, long: 10 });

const garbage = Buffer.alloc(16_384, 'not a database');
const ledgerOf = (webRoot: string) => join(webRoot, '.staticgenerator', 'ledger.sqlite');

/** The files that a killed site has left, for each test to copy. */
const left = mkdtempSync(join(memoryFolder(), 'staticgenerator-'));
beforeAll(async () => {
  const versionFile = join(left, 'version');
  writeFileSync(versionFile, '1');
  const site = await RemoteSite.start({ webRoot: join(left, 'pages'), versionFile });
  await site.publish('/old');
  await site.stop();
});
afterAll(() => rmSync(left, { recursive: true, force: true }));

/** Starts processes at the same time. Each stores its own page. */
async function startAll(webRoot: string, versionFile: string): Promise<readonly RemoteSite[]> {
  const starts = Array.from({ length: PROCESSES }, () => RemoteSite.start({ webRoot, versionFile }));
  const sites = await Promise.all(starts);
  onTestFinished(async () => void (await Promise.all(sites.map((site) => site.stop()))));
  const agent = new Agent();
  const visit = async (site: RemoteSite, index: number) => {
    await expect
      .poll(async () => (await readPage(agent, site.port, `/page-${index}`, 'identity')).isHit)
      .toBe(true);
  };
  await Promise.all(sites.map(visit));
  return sites;
}

/** Checks that all processes work on one ledger: it knows every page, and a deletion by one process works for all. */
async function checkTogether(webRoot: string, sites: readonly RemoteSite[]): Promise<void> {
  const view = new LedgerView(webRoot);
  const rows = view.rows();
  view.close();
  const pages = readPages(webRoot);
  expect(pages).toHaveLength(PROCESSES);
  for (const { file } of pages) expect(rows.has(file), file).toBe(true);
  await sites[0]?.delete({ tag: 'all' });
  expect(readPages(webRoot)).toEqual([]);
}

test.each<[string, (ledger: string, webRoot: string) => void]>([
  ['no WEB_ROOT at all', () => undefined],
  ['no ledger', (_ledger, webRoot) => removeLedgerNow(webRoot)],
  [
    'a damaged ledger',
    (ledger, webRoot) => {
      removeLedgerNow(webRoot);
      writeFileSync(ledger, garbage);
    },
  ],
  [
    'a damaged ledger, and a log beside it',
    (ledger) => {
      copyFileSync(ledger, `${ledger}-wal`);
      writeFileSync(ledger, garbage);
    },
  ],
])(
  `${PROCESSES} processes that start at once and find %s share a new one`,
  async (name, harm) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const folder = temporaryMemoryFolder();
      const [webRoot, versionFile] = [join(folder, 'pages'), join(folder, 'version')];
      writeFileSync(versionFile, '1');
      if (name !== 'no WEB_ROOT at all') {
        cpSync(join(left, 'pages'), webRoot, { recursive: true });
        harm(ledgerOf(webRoot), webRoot);
      }
      const sites = await startAll(webRoot, versionFile);
      await checkTogether(webRoot, sites);
      await Promise.all(sites.map((site) => site.stop()));
    }
  },
  10 * 60_000,
);
