import { describe, expect, test } from 'vitest';
import { type Measured, Metrics, type RefusedPage } from '../src/metrics.js';
import { deferred } from './helpers/deferred.js';

/** A ledger that records what it is given, or fails. */
function newLedger() {
  const noted: Measured[] = [];
  const ledger = {
    noted,
    fault: undefined as Error | undefined,
    note: async (measured: Measured) => {
      if (ledger.fault !== undefined) throw ledger.fault;
      noted.push(measured);
    },
  };
  return ledger;
}

function refusal(path: string, reason: string): RefusedPage {
  return { host: '', path, reason, detail: undefined, at: 0 };
}

test('figures are noted once: those since the last time', async () => {
  const metrics = new Metrics();
  const ledger = newLedger();
  metrics.count('hit');
  metrics.count('hit');
  metrics.count('deleted', 3);
  metrics.refuse(refusal('/a', 'status'));
  metrics.sawNginx('fingerprint');
  await metrics.noteIn(ledger);
  metrics.count('hit');
  await metrics.noteIn(ledger);
  expect(ledger.noted).toEqual([
    {
      counts: new Map([
        ['hit', 2],
        ['deleted', 3],
        ['refused:status', 1],
      ]),
      refusals: [refusal('/a', 'status')],
      nginx: { fingerprint: 'fingerprint', at: expect.any(Number) },
    },
    { counts: new Map([['hit', 1]]), refusals: [], nginx: undefined },
  ]);
});

test('where nothing was counted, nothing is noted', async () => {
  const ledger = newLedger();
  await new Metrics().noteIn(ledger);
  expect(ledger.noted).toEqual([]);
});

test('of a page, the newest refusal is noted; of many pages, some', async () => {
  const metrics = new Metrics();
  const ledger = newLedger();
  metrics.refuse(refusal('/a', 'status'));
  metrics.refuse(refusal('/a', 'set-cookie'));
  for (let page = 0; page < 2_000; page += 1) metrics.refuse(refusal(`/${page}`, 'status'));
  await metrics.noteIn(ledger);
  const [measured] = ledger.noted;
  expect(measured?.refusals).toHaveLength(1_000);
  expect(measured?.refusals[0]).toEqual(refusal('/a', 'set-cookie'));
  expect(measured?.counts.get('refused:status')).toBe(2_001);
});

test('visits are added up by rule, and hits by page; of many pages, some', async () => {
  const metrics = new Metrics();
  const ledger = newLedger();
  metrics.countVisit('/a/', { nginx: 10, bytes: 5 });
  metrics.countVisit('/a/', { node: 1 });
  metrics.countVisit('/b/', { misses: 1 });
  for (let page = 0; page < 6_000; page += 1) metrics.countHit({ host: '', path: `/${page}`, hits: 10 });
  metrics.countHit({ host: '', path: '/0', hits: 10 });
  await metrics.noteIn(ledger);
  await metrics.noteIn(ledger);
  expect(ledger.noted).toHaveLength(1);
  const [{ visited } = {}] = ledger.noted;
  expect(visited?.rules).toEqual(
    new Map([
      ['/a/', { nginx: 10, node: 1, misses: 0, bytes: 5 }],
      ['/b/', { nginx: 0, node: 0, misses: 1, bytes: 0 }],
    ]),
  );
  expect(visited?.pages).toHaveLength(5_000);
  expect(visited?.pages[0]).toEqual({ host: '', path: '/0', hits: 20 });
});

describe('figures that cannot be noted', () => {
  test('are kept for the next time, with the fault handed on', async () => {
    const metrics = new Metrics();
    const ledger = newLedger();
    ledger.fault = new Error('disk full');
    metrics.count('hit', 2);
    metrics.refuse(refusal('/a', 'status'));
    metrics.countVisit('/a/', { nginx: 1 });
    metrics.countHit({ host: '', path: '/a', hits: 1 });
    metrics.sawNginx('old');
    await expect(metrics.noteIn(ledger)).rejects.toBe(ledger.fault);
    ledger.fault = undefined;
    metrics.count('hit');
    metrics.countVisit('/a/', { nginx: 1 });
    metrics.countHit({ host: '', path: '/a', hits: 1 });
    await metrics.noteIn(ledger);
    expect(ledger.noted).toEqual([
      {
        visited: {
          rules: new Map([['/a/', { nginx: 2, node: 0, misses: 0, bytes: 0 }]]),
          pages: [{ host: '', path: '/a', hits: 2 }],
        },
        counts: new Map([
          ['hit', 3],
          ['refused:status', 1],
        ]),
        refusals: [refusal('/a', 'status')],
        nginx: { fingerprint: 'old', at: expect.any(Number) },
      },
    ]);
  });

  test('give way to what has become known meanwhile', async () => {
    const metrics = new Metrics();
    const ledger = newLedger();
    metrics.refuse(refusal('/a', 'status'));
    metrics.sawNginx('old');
    const { promise, reject } = deferred();
    const noting = metrics.noteIn({ note: () => promise });
    metrics.refuse(refusal('/a', 'set-cookie'));
    metrics.sawNginx('new');
    reject(new Error('disk full'));
    await expect(noting).rejects.toThrow('disk full');
    await metrics.noteIn(ledger);
    const [measured] = ledger.noted;
    expect(measured?.refusals).toEqual([refusal('/a', 'set-cookie')]);
    expect(measured?.nginx?.fingerprint).toBe('new');
  });
});

test('observers are told of everything once, also where it cannot be noted at first', async () => {
  const metrics = new Metrics();
  const ledger = newLedger();
  metrics.count('hit');
  const told: unknown[] = [];
  metrics.observe({
    counted: (...what) => told.push(what),
    rendered: (seconds) => told.push(seconds),
    visited: (...what) => told.push(what),
  });
  metrics.count('hit', 2);
  metrics.missed();
  metrics.rendered({ host: '', path: '/a' }, 1_500);
  metrics.countVisit('/a/', { node: 1 });
  ledger.fault = new Error('disk full');
  await expect(metrics.noteIn(ledger)).rejects.toBe(ledger.fault);
  ledger.fault = undefined;
  await metrics.noteIn(ledger);
  const visits = { nginx: 0, node: 1, misses: 0, bytes: 0 };
  expect(told).toEqual([['hit', 2], ['miss', 1], 1.5, ['/a/', visits]]);
  expect(ledger.noted[0]?.counts).toEqual(new Map([['hit', 3]]));
  expect(ledger.noted[0]?.visited?.rules).toEqual(new Map([['/a/', visits]]));
});
