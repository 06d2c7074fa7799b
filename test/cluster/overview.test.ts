import { mkdirSync, rmdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Survey, SurveyedHost } from '../../src/cluster/bus.js';
import { lookAtNames, type NamesNow } from '../../src/cluster/overview/names.js';
import { type Facts, hostsOf, ownStateOf } from '../../src/cluster/overview/overview.js';
import { hostStates } from '../../src/cluster/overview/states.js';
import type { ShownStanding } from '../../src/ledger/ledger.js';
import { temporaryFolder } from '../helpers/temporary.js';

const TERM_MS = 10_000;
const served: NamesNow = { state: 'serves', until: 5_000 };

function standing(given: Partial<ShownStanding> = {}): ShownStanding {
  return {
    ...{ host: 'me', epoch: 'one', received: 7, applied: 7 },
    ...{ unsent: 0, unsentSince: undefined, deletesAll: false },
    ...given,
  };
}

function row(given: Partial<SurveyedHost> = {}): SurveyedHost {
  return { beat: 1, cursor: 7, servesFrom: 7, name: 'machine', silentMilliseconds: 1_000, ...given };
}

function survey(hosts: Readonly<Record<string, SurveyedHost>>, given: Partial<Survey> = {}): Survey {
  const all = new Map(Object.entries(hosts));
  return { epoch: 'one', last: 9, settled: true, isCurrent: true, hosts: all, ...given };
}

function facts(given: Partial<Facts> = {}): Facts {
  return {
    own: { standing: standing(), names: served },
    survey: survey({ me: row() }),
    ...{ isReached: true, termMilliseconds: TERM_MS },
    ...given,
  };
}

const here = (names: NamesNow, given?: Partial<ShownStanding>) => ({ standing: standing(given), names });
const nothing: NamesNow = { state: 'none', last: undefined };

describe('the state of this host', () => {
  test.each<[keyof typeof hostStates, Partial<Facts>]>([
    ['serves', {}],
    ['not-started', { own: { standing: undefined, names: nothing } }],
    ['cut-off', { survey: undefined, isReached: false }],
    ['no-term', { survey: undefined, isReached: false, own: here(nothing) }],
    ['cold-start', { own: here(nothing, { epoch: undefined, received: 0, applied: 0 }) }],
    ['other-epoch', { survey: survey({}, { epoch: 'two' }) }],
    ['absent', { survey: survey({ you: row() }) }],
    ['absent', { survey: undefined }],
    ['silent', { survey: survey({ me: row({ silentMilliseconds: 9_000 }) }) }],
    ['catching-up', { survey: survey({ me: row({ cursor: 6 }) }) }],
    ['cold-start', { survey: survey({ me: row({ cursor: 6 }) }), own: here(nothing, { deletesAll: true }) }],
    ['no-names', { own: here(nothing) }],
    ['clock', { own: here({ state: 'clock' }) }],
  ])('%s: %o', (state, given) => {
    expect(ownStateOf(facts(given))).toBe(state);
  });

  test('a term lasts until nine tenths of it have passed since the report', () => {
    const stateAfter = (silentMilliseconds: number) =>
      ownStateOf(facts({ survey: survey({ me: row({ silentMilliseconds }) }) }));
    expect([stateAfter(8_999), stateAfter(9_000)]).toEqual(['serves', 'silent']);
  });
});

test('this host comes first, the others by the names of their machines', () => {
  const rows = { a: row({ name: 'z' }), b: row({ name: 'y', cursor: 3 }), me: row({ name: 'zz' }) };
  expect(hostsOf(facts({ survey: survey(rows) })).map(({ id, isThis }) => [id, isThis])).toEqual([
    ['me', true],
    ['b', false],
    ['a', false],
  ]);
});

test('of each host is told how far it is behind, and how long it may serve without another report', () => {
  const rows = {
    me: row(),
    late: row({ cursor: 3, servesFrom: 5 }),
    dead: row({ silentMilliseconds: 9_500 }),
  };
  const shown = hostsOf(facts({ survey: survey(rows) }));
  const figures = shown.map(({ id, state, behind, termLeftMilliseconds }) => [
    id,
    state,
    behind,
    termLeftMilliseconds,
  ]);
  expect(figures).toEqual([
    ['me', 'serves', 2, 8_000],
    ['dead', 'silent', 2, 0],
    ['late', 'catching-up', 6, 0],
  ]);
  for (const { state, explanation } of shown) expect(explanation).toBe(hostStates[state]);
});

test('how far a host is behind in a log that it does not know is not guessed', () => {
  expect(hostsOf(facts({ survey: survey({}, { epoch: 'two' }) }))).toMatchObject([
    { id: 'me', state: 'other-epoch', behind: null },
  ]);
  expect(hostsOf(facts({ survey: undefined, isReached: false }))).toMatchObject([{ id: 'me', behind: null }]);
});

describe('the names for nginx', () => {
  async function namesOf(...seconds: readonly number[]): Promise<string> {
    const folder = join(await temporaryFolder(), '.term');
    mkdirSync(folder);
    for (const second of seconds) symlinkSync('..', join(folder, String(second)));
    return folder;
  }

  test.each<[string, readonly number[], NamesNow]>([
    ['serve until the first that is missing', [99, 100, 101, 103], { state: 'serves', until: 102_000 }],
    ['are none', [], { state: 'none', last: undefined }],
    ['have ended', [97, 98], { state: 'none', last: 98 }],
    ['are of seconds to come', [300, 301], { state: 'clock' }],
  ])('%s', async (_name, seconds, expected) => {
    expect(lookAtNames(await namesOf(...seconds), 100_900)).toEqual(expected);
  });

  test('are none where there is no folder', async () => {
    const folder = await namesOf();
    rmdirSync(folder);
    expect(lookAtNames(folder)).toEqual({ state: 'none', last: undefined });
  });
});
