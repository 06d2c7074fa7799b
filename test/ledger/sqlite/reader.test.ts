import { chmod, chown, readdir, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SqliteLedger } from '../../../src/ledger/sqlite/ledger.js';
import { openReader } from '../../../src/ledger/sqlite/reader.js';
import { locateWebRoot, prepareWebRoot } from '../../../src/store/web-root.js';
import { entryOf, PageFiles, store } from '../../contract/pages.js';
import { changeLedgerFile, openLedgerFile } from '../../helpers/databases/ledger-file.js';
import { temporaryFolder } from '../../helpers/temporary.js';

async function storedLedger({ isShared = false } = {}) {
  const webRoot = locateWebRoot(join(await temporaryFolder(), 'pages'));
  const nothing = () => undefined;
  const ledger = new SqliteLedger({
    ...{
      file: webRoot.ledgerFile,
      version: 'one',
      isEmpty: () => true,
      onIncomplete: nothing,
      onMovedAside: nothing,
    },
    prepareFolder: () => prepareWebRoot(webRoot),
    isShared,
  });
  onTestFinished(() => ledger.close());
  const files = new PageFiles(webRoot.path);
  await store(ledger, files, entryOf('/a', { tags: ['x'] }));
  await ledger.append([{ kind: 'tag', value: 'y' }], 'delete');
  await ledger.note({
    counts: new Map([['hit', 2]]),
    refusals: [{ host: '', path: '/b', reason: 'vary', detail: undefined, at: 1 }],
    nginx: { fingerprint: 'f', at: 1 },
  });
  return { webRoot, ledger, files };
}

function open(file: string) {
  const opened = openReader(file);
  onTestFinished(opened.close);
  return opened.reader;
}

describe('a reader', () => {
  test('tells what the ledger tells, and follows what is stored meanwhile', async () => {
    const { webRoot, ledger, files } = await storedLedger();
    const reader = open(webRoot.ledgerFile);
    expect([...reader.pages()]).toEqual([...ledger.pages()]);
    expect(reader.get('', '/a')).toEqual(ledger.get('', '/a'));
    expect(reader.statistics()).toEqual(ledger.statistics());
    expect(reader.log(5)).toEqual(ledger.log(5));
    expect(reader.lastRefusal('', '/b')).toEqual(ledger.lastRefusal('', '/b'));
    expect(reader.nginxSeen()).toEqual(ledger.nginxSeen());
    await store(ledger, files, entryOf('/c'));
    expect(reader.get('', '/c')).toBeDefined();
  });

  test('shows where a host stands towards the others, and nothing where there is one host', async () => {
    const alone = await storedLedger();
    expect(open(alone.webRoot.ledgerFile).sharedStanding()).toBeUndefined();
    const { webRoot, ledger } = await storedLedger({ isShared: true });
    const reader = open(webRoot.ledgerFile);
    const expectSame = () => {
      const shown = reader.sharedStanding();
      const { generation, ...standing } = ledger.shared?.standing() ?? {};
      expect(shown).toEqual(ledger.sharedStanding());
      expect(shown).toMatchObject(standing);
      return shown;
    };
    expect(expectSame()).toMatchObject({ epoch: undefined, received: 0, applied: 0, unsent: 1 });
    expect(expectSame()?.unsentSince).toBe(ledger.log(1)[0]?.at);
    await ledger.shared?.begin({ epoch: 'one', position: 7 });
    expect(expectSame()).toMatchObject({ epoch: 'one', received: 7, applied: 6, deletesAll: true });
    const awaiting = ledger.shared?.awaiting().entries ?? { generation: 0, sequences: [] };
    await ledger.shared?.carriedOut(awaiting);
    await ledger.shared?.sent(ledger.shared.unsent(9).entries);
    expect(expectSame()).toMatchObject({ received: 7, applied: 7, unsent: 0, deletesAll: false });
    expect(reader.sharedStanding()?.unsentSince).toBeUndefined();
  });

  test('reads while another process has the lock', async () => {
    const { webRoot } = await storedLedger();
    const other = openLedgerFile(webRoot.ledgerFile);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    expect(open(webRoot.ledgerFile).statistics().pages).toBe(1);
  });

  test('changes nothing that is there, when no process of the site runs', async () => {
    const { webRoot, ledger } = await storedLedger();
    await ledger.close();
    const before = await stateOf(webRoot.stateFolder);
    const opened = openReader(webRoot.ledgerFile);
    expect(opened.reader.statistics().pages).toBe(1);
    opened.close();
    const after = await stateOf(webRoot.stateFolder);
    expect(after.filter((state) => !/-(?:wal|shm) /.test(state))).toEqual(before);
  });

  test.runIf(process.getuid?.() === 0)('of root keeps nobody else from writing afterwards', async () => {
    const { webRoot, ledger } = await storedLedger();
    await ledger.close();
    const { uid } = userInfo({ encoding: 'utf8' });
    const other = uid + 12_345;
    await chown(webRoot.ledgerFile, other, other);
    const opened = openReader(webRoot.ledgerFile);
    expect(opened.reader.statistics().pages).toBe(1);
    opened.close();
    for (const suffix of ['-wal', '-shm'])
      expect((await stat(`${webRoot.ledgerFile}${suffix}`)).uid).toBe(other);
  });

  test('refuses what is no ledger, and leaves it where it is', async () => {
    const folder = await temporaryFolder();
    const [garbage, foreign, newer] = ['garbage', 'foreign', 'newer'].map((name) => join(folder, name));
    if (garbage === undefined || foreign === undefined || newer === undefined) throw new Error('Three files');
    await writeFile(garbage, 'not a database'.repeat(1000));
    changeLedgerFile(foreign, 'CREATE TABLE theirs (x)');
    const { webRoot, ledger } = await storedLedger();
    await ledger.close();
    changeLedgerFile(webRoot.ledgerFile, 'PRAGMA user_version = 99');
    const refusal = (file: string) => {
      try {
        openReader(file).close();
        return 'opened';
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    expect(refusal(garbage)).toBe('ERR_LEDGER_UNUSABLE');
    expect(refusal(foreign)).toBe('ERR_LEDGER_FOREIGN');
    expect(refusal(webRoot.ledgerFile)).toBe('ERR_LEDGER_VERSION');
    expect(refusal(join(folder, 'absent'))).toBe('ERR_LEDGER_UNUSABLE');
    expect(await readdir(folder)).toEqual(['foreign', 'garbage']);
  });

  test.skipIf(process.getuid?.() === 0)('needs no right to write', async () => {
    const { webRoot, ledger } = await storedLedger();
    await chmod(webRoot.ledgerFile, 0o400);
    expect(open(webRoot.ledgerFile).statistics().pages).toBe(1);
    await ledger.close();
  });
});

/** Returns the names, sizes and times of the files, which show whether a file has changed. */
async function stateOf(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder, { recursive: true })).sort();
  const states = names.map(async (name) => {
    const { size, mtimeMs } = await stat(join(folder, name));
    return `${name} ${size} ${mtimeMs}`;
  });
  return await Promise.all(states);
}
