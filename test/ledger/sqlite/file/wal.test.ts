import { closeSync, existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WriteAheadLog } from '../../../../src/ledger/sqlite/file/wal.js';
import { holdSyncs } from '../../../helpers/databases/held-syncs.js';
import { openLedgerFile } from '../../../helpers/databases/ledger-file.js';
import { temporaryFolder } from '../../../helpers/temporary.js';

async function open() {
  const file = join(await temporaryFolder(), 'ledger.sqlite');
  const database = openLedgerFile(file);
  onTestFinished(() => database.close());
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)');
  return new WriteAheadLog(file);
}

test('those who ask while it is being brought to the disk share the next time, which comes after', async () => {
  const wal = await open();
  const syncs = holdSyncs();
  const settled: string[] = [];
  const ask = (name: string) => wal.flush().then(() => settled.push(name));
  const first = ask('first');
  const others = [ask('second'), ask('third')];
  await vi.waitFor(() => expect(syncs.count).toBe(1));
  syncs.letGo();
  await first;
  await vi.waitFor(() => expect(syncs.count).toBe(1));
  expect(settled).toEqual(['first']);
  syncs.letGo();
  await Promise.all(others);
  expect(settled).toEqual(['first', 'second', 'third']);
  await wal.close();
});

test('a failure is told to those who have asked, and no one else', async () => {
  const wal = await open();
  const syncs = holdSyncs();
  const failure = Object.assign(new Error('no'), { code: 'EIO' });
  const first = wal.flush();
  const second = wal.flush();
  await vi.waitFor(() => expect(syncs.count).toBe(1));
  syncs.letGo(failure);
  await expect(first).rejects.toBe(failure);
  await vi.waitFor(() => expect(syncs.count).toBe(1));
  syncs.letGo();
  await second;
  await wal.close();
});

test('is closed after what is under way, and what waits for it', async () => {
  const wal = await open();
  const syncs = holdSyncs();
  const settled: string[] = [];
  const flushed = [wal.flush(), wal.flush()].map((one, index) => one.then(() => settled.push(`${index}`)));
  const closed = wal.close().then(() => settled.push('closed'));
  for (let times = 0; times < 2; times += 1) {
    await vi.waitFor(() => expect(syncs.count).toBe(1));
    syncs.letGo();
    await flushed[times];
  }
  await closed;
  expect(settled).toEqual(['0', '1', 'closed']);
});

test.skipIf(!existsSync('/proc/self/fd'))('a close that fails fails nobody', async () => {
  const file = join(await temporaryFolder(), 'ledger.sqlite');
  const database = openLedgerFile(file);
  onTestFinished(() => database.close());
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)');
  const before = descriptorsOf(`${file}-wal`);
  const wal = new WriteAheadLog(file);
  const own = descriptorsOf(`${file}-wal`).filter((descriptor) => !before.includes(descriptor));
  expect(own).toHaveLength(1);
  for (const descriptor of own) closeSync(descriptor);
  await expect(wal.close()).resolves.toBeUndefined();
});

function descriptorsOf(file: string): readonly number[] {
  return readdirSync('/proc/self/fd')
    .filter((name) => existsSync(`/proc/self/fd/${name}`) && readlinkSync(`/proc/self/fd/${name}`) === file)
    .map(Number);
}
