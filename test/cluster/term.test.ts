import { mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Term } from '../../src/cluster/term.js';
import { TermLinks } from '../../src/cluster/term-links.js';
import { temporaryFolder } from '../helpers/temporary.js';

const TERM_MS = 10_000;
/** A whole second, in milliseconds since 1970. */
const START = 1_800_000_000_000;

/** Stops both clocks of this process. Only the test moves them. */
function stopClocks(): { pass(milliseconds: number): void; set(wall: number): void } {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: START });
  onTestFinished(() => void vi.useRealTimers());
  return {
    pass: (milliseconds) => void vi.advanceTimersByTime(milliseconds),
    // The monotonic clock does not move.
    set: (wall) => void vi.setSystemTime(wall),
  };
}

describe('a term', () => {
  function begin() {
    const clocks = stopClocks();
    const covered: number[] = [];
    const term = new Term(TERM_MS, (until) => covered.push(until));
    const sentAt = performance.now();
    return { clocks, covered, term, sentAt };
  }

  test('lasts for nine tenths of what others wait, from before the bus was told', () => {
    const { clocks, covered, term, sentAt } = begin();
    expect(term.holds()).toBe(false);
    clocks.pass(1_000);
    term.extend(sentAt);
    expect([term.holds(), term.remaining]).toEqual([true, 8_000]);
    expect(covered).toEqual([START + 9_000]);
    clocks.pass(7_999);
    expect(term.holds()).toBe(true);
    clocks.pass(1);
    expect([term.holds(), term.remaining]).toEqual([false, 0]);
  });

  test('is not made shorter by an answer that came late', () => {
    const { clocks, covered, term, sentAt } = begin();
    clocks.pass(2_000);
    term.extend(performance.now());
    term.extend(sentAt);
    expect(term.remaining).toBe(9_000);
    expect(covered).toHaveLength(1);
  });

  test.each([
    ['forward, past its end', START + 9_000, false],
    ['forward, not past its end', START + 8_999, true],
    ['back by more than a little', START - 1_001, false],
    ['back by a little', START - 1_000, true],
  ])('with a wall clock that was set %s: %s', (_name, wall, holds) => {
    const { clocks, term, sentAt } = begin();
    term.extend(sentAt);
    clocks.set(wall);
    expect(term.holds()).toBe(holds);
  });

  test('that was ended does not begin anew', () => {
    const { covered, term, sentAt } = begin();
    term.extend(sentAt);
    term.end();
    expect(term.holds()).toBe(false);
    term.extend(performance.now());
    expect(term.holds()).toBe(false);
    expect(covered).toHaveLength(1);
  });
});

describe('the names for nginx', () => {
  async function begin() {
    const clocks = stopClocks();
    const folder = join(await temporaryFolder(), '.term');
    const seconds = () =>
      readdirSync(folder)
        .map((name) => Number(name) - START / 1_000)
        .sort((a, b) => a - b);
    return { clocks, folder, seconds, links: new TermLinks(folder, TERM_MS) };
  }

  test('are of whole seconds that the term covers, from this one on', async () => {
    const { clocks, seconds, links } = await begin();
    clocks.pass(500);
    links.cover(START + 3_999);
    expect(seconds()).toEqual([0, 1, 2]);
    links.cover(START + 4_000);
    expect(seconds()).toEqual([0, 1, 2, 3]);
  });

  test('can be passed by an nginx of another user, whatever the umask of the app', async () => {
    const { folder, links } = await begin();
    const umask = process.umask(0o077);
    onTestFinished(() => void process.umask(umask));
    links.cover(START + 9_000);
    expect(statSync(folder).mode & 0o777).toBe(0o755);
  });

  test('are removed when their second has passed, and when no term can be so long', async () => {
    const { clocks, folder, seconds, links } = await begin();
    links.cover(START + 3_000);
    for (const second of [-3, 10, 11]) symlinkSync('..', join(folder, String(START / 1_000 + second)));
    links.cover(START + 3_000);
    expect(seconds()).toEqual([0, 1, 2, 10]);
    clocks.pass(4_000);
    links.cover(START + 6_000);
    expect(seconds()).toEqual([2, 4, 5, 10]);
  });

  test('are all made again when the clock was set', async () => {
    const { clocks, seconds, links } = await begin();
    links.cover(START + 9_000);
    clocks.set(START - 5_000);
    links.cover(START - 3_000);
    expect(seconds()).toEqual([-5, -4]);
  });

  test('are all removed in the end, and nothing is where there are none', async () => {
    const { folder, seconds, links } = await begin();
    links.removeAll();
    mkdirSync(folder);
    links.cover(START + 9_000);
    links.removeAll();
    expect(seconds()).toEqual([]);
  });
});
