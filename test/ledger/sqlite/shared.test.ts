import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SharedLog } from '../../../src/ledger/ledger.js';
import { SqliteLedger } from '../../../src/ledger/sqlite/ledger.js';
import type { Selector } from '../../../src/page/selector.js';
import { temporaryFolder } from '../../helpers/temporary.js';

const tag = (value: string): Selector => ({ kind: 'tag', value });

async function openLedger() {
  const file = join(await temporaryFolder(), 'ledger.sqlite');
  const nothing = () => undefined;
  const ledger = new SqliteLedger({
    ...{ file, version: 'one', isShared: true, isEmpty: () => true },
    ...{ onIncomplete: nothing, onMovedAside: nothing, prepareFolder: nothing },
  });
  onTestFinished(() => ledger.close());
  return { ledger, shared: ledger.shared as SharedLog };
}

/** Opens a ledger that is at position 5 of an epoch, and has applied all entries. */
async function begunLedger() {
  const { ledger, shared } = await openLedger();
  await shared.begin({ epoch: 'one', position: 5 });
  await shared.carriedOut(shared.awaiting().entries);
  expect(shared.standing()).toMatchObject({ epoch: 'one', received: 5, applied: 5 });
  return { ledger, shared };
}

const selectorsIn = ({ selectors }: ReturnType<SharedLog['awaiting']>) => selectors;

describe('the part of a ledger that hosts share', () => {
  test('begins with everything to be deleted, once for all processes', async () => {
    const { shared } = await openLedger();
    expect(shared.standing()).toMatchObject({ epoch: undefined, received: 0, applied: 0 });
    for (let process = 0; process < 2; process += 1) await shared.begin({ epoch: 'one', position: 5 });
    expect(selectorsIn(shared.awaiting())).toEqual([{ kind: 'all' }]);
    expect(shared.standing()).toMatchObject({ epoch: 'one', received: 5, applied: 4 });
  });

  test('has carried out what comes before the first that it has not', async () => {
    const { shared } = await begunLedger();
    const received = [6, 7, 8].map((position) => ({ position, selector: tag(`t${position}`) }));
    await shared.receive('one', received);
    expect(shared.standing()).toMatchObject({ received: 8, applied: 5 });
    const { generation, sequences } = shared.awaiting().entries;
    await shared.carriedOut({ generation, sequences: sequences.slice(1) });
    expect(shared.standing()).toMatchObject({ received: 8, applied: 5 });
    await shared.carriedOut({ generation, sequences: sequences.slice(0, 1) });
    expect(shared.standing()).toMatchObject({ received: 8, applied: 8 });
  });

  test('leaves out what it has, what came from here, and what is of another epoch', async () => {
    const { shared } = await begunLedger();
    await shared.receive('another', [{ position: 6, selector: tag('a') }]);
    expect(shared.standing()).toMatchObject({ received: 5 });
    await shared.receive('one', [
      { position: 5, selector: tag('b') },
      { position: 6, selector: undefined },
    ]);
    expect(selectorsIn(shared.awaiting())).toEqual([]);
    expect(shared.standing()).toMatchObject({ received: 6, applied: 6 });
  });

  test('what was received voids renders that began before', async () => {
    const { ledger, shared } = await begunLedger();
    const lease = ledger.lease();
    const page = { host: '', path: '/', decoded: '/', tags: new Set(['a']) };
    await shared.receive('one', [{ position: 6, selector: tag('b') }]);
    expect(ledger.isVoid(page, lease)).toBe(false);
    await shared.receive('one', [{ position: 7, selector: tag('a') }]);
    expect(ledger.isVoid(page, lease)).toBe(true);
  });

  test('goes on in another epoch where the two have the same entries, and no further', async () => {
    const { shared } = await begunLedger();
    await shared.receive('one', [{ position: 6, selector: tag('a') }]);
    await shared.follow('two', { epoch: 'none', base: 3 });
    expect(shared.standing()).toMatchObject({ epoch: 'one', received: 6 });
    await shared.follow('two', { epoch: 'one', base: 3 });
    expect(shared.standing()).toMatchObject({ epoch: 'two', received: 3, applied: 2 });
    await shared.receive('two', [{ position: 4, selector: tag('b') }]);
    expect(selectorsIn(shared.awaiting())).toEqual([tag('a'), tag('b')]);
  });

  test('notes what the others have to hear of, once, until they have', async () => {
    const { ledger, shared } = await begunLedger();
    await ledger.append([tag('a'), tag('b')], 'delete');
    await ledger.append([tag('a')], 'regenerate');
    await ledger.append([tag('c')], 'void');
    await ledger.append([tag('not for others')], 'warm');
    await ledger.append([tag('not for others')], 'mark');
    expect(shared.unsent(9).selectors).toEqual([tag('b'), tag('a'), tag('c')]);
    const { generation, sequences } = shared.unsent(1).entries;
    await shared.sent({ generation: generation + 1, sequences });
    expect(shared.unsent(9).selectors).toHaveLength(3);
    await shared.sent({ generation, sequences });
    expect(shared.unsent(9).selectors).toEqual([tag('a'), tag('c')]);
  });

  test('what came from others is not sent to them again', async () => {
    const { shared } = await begunLedger();
    await shared.receive('one', [{ position: 6, selector: tag('a') }]);
    expect(shared.unsent(9).selectors).toEqual([]);
  });
});
