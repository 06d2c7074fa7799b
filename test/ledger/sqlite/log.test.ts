import { describe, expect, test } from 'vitest';
import { entryOf } from '../../contract/pages.js';
import { parseTarget } from '../../helpers/selectors.js';
import { connect, elsewhere, many, start } from './ledger-place.js';

describe('the log, when it has grown', () => {
  test('keeps the last 10,000 entries, which older leases are judged by', async () => {
    const { ledger, files } = await start();
    await ledger.append([parseTarget('/old')], 'void');
    const early = ledger.lease();
    await ledger.append(many(999), 'void');
    const late = ledger.lease();
    expect(late.sequence).toBe(1_000);
    await ledger.append(many(10_000), 'void');
    // The log was compacted at the 11,000th entry. The entries that are left begin after the 1,000th.
    expect(ledger.log(20_000)).toHaveLength(10_000);
    expect(ledger.log(20_000).at(-1)?.sequence).toBe(1_001);
    await ledger.record(entryOf('/a'));
    await ledger.record(entryOf('/b'));
    // None of the remaining entries is about the page, but a removed entry might have been.
    expect(await ledger.place(entryOf('/a'), early, files.mover('a.page.html'))).toBe('voided');
    expect(
      await ledger.place(entryOf('/a'), { ...late, sequence: late.sequence - 1 }, files.mover('a.page.html')),
    ).toBe('voided');
    expect(await ledger.place(entryOf('/b'), late, files.mover('b.page.html'))).toBe('placed');
  });

  test('is compacted now and then, not with every entry', async () => {
    const { ledger } = await start();
    await ledger.append(many(10_000), 'void');
    await ledger.append(many(999), 'void');
    expect(ledger.log(20_000)).toHaveLength(10_999);
    await ledger.append(many(1), 'void');
    expect(ledger.log(20_000)).toHaveLength(10_000);
    await ledger.append(many(999), 'void');
    expect(ledger.log(20_000)).toHaveLength(10_999);
    await ledger.append(many(2), 'void');
    expect(ledger.log(20_000)).toHaveLength(10_000);
  });

  test.each(['delete', 'regenerate'] as const)(
    'keeps every entry from the first that has still to be done: %s',
    async (purpose) => {
      const { ledger, files } = await start();
      await ledger.append(many(499), 'void');
      const entries = await ledger.append([parseTarget('/a')], purpose);
      const lease = ledger.lease();
      await ledger.append(many(10_500), 'void');
      expect(entries.sequences).toEqual([500]);
      expect(ledger.log(20_000).at(-1)?.sequence).toBe(500);
      await ledger.record(entryOf('/b'));
      expect(await ledger.place(entryOf('/b'), lease, files.mover('b.page.html'))).toBe('placed');
      await ledger.markApplied(entries);
      await ledger.append(many(1_000), 'void');
      expect(ledger.log(20_000)).toHaveLength(10_000);
    },
  );

  test('uses no number again, though its last entries were removed', async () => {
    const { webRoot, ledger, open } = await start();
    await ledger.append(many(3), 'void');
    connect(webRoot).exec('DELETE FROM invalidations');
    const reopened = open();
    expect(reopened.lease().sequence).toBe(3);
    expect((await reopened.append([elsewhere], 'void')).sequences).toEqual([4]);
  });
});
