import { describe, expect, test } from 'vitest';
import type { StoredPage } from '../../../src/ledger/ledger.js';
import { compileSelection, selectPages } from '../../../src/operate/views/selected-pages.js';

function page(path: string, { host = '', tags = [] as readonly string[] } = {}): StoredPage {
  const known = { path, host, file: `${host}${path}`, bytes: 1, hash: '', tags };
  return { ...known, storedAt: 0, expiresAt: undefined, servedBy: 'nginx' };
}

const every = () => true;
const shown = (pages: Iterable<StoredPage>) => Array.from(pages, ({ host, path }) => `${host}${path}`);

describe('pages are selected', () => {
  test('in the order in which they come', () => {
    const pages = [page('/b', { host: 'z' }), page('/a'), page('/b', { host: 'y' })];
    expect(shown(selectPages(pages, every))).toEqual(['z/b', '/a', 'y/b']);
  });

  test('up to a limit, and no more are asked for', () => {
    let asked = 0;
    function* pages() {
      for (asked = 1; ; asked += 1) yield page(`/${asked}`);
    }
    expect(shown(selectPages(pages(), ({ path }) => path !== '/2', 3))).toEqual(['/1', '/3', '/4']);
    expect(asked).toBe(4);
  });

  test('without the source being read twice', () => {
    function* once() {
      yield page('/a');
    }
    expect(shown(selectPages(once(), every))).toEqual(['/a']);
  });
});

describe('a selection', () => {
  test('has the pages of any of its selectors', () => {
    const passes = compileSelection([
      { kind: 'path', value: '/a' },
      { kind: 'tag', value: 't' },
    ]);
    const pages = [page('/a'), page('/b', { tags: ['s', 't'] }), page('/c', { tags: ['s'] })];
    expect(shown(selectPages(pages, passes))).toEqual(['/a', '/b']);
  });

  test('compares a glob with the path as it reads', () => {
    const passes = compileSelection([{ kind: 'glob', value: '/*é' }]);
    expect(passes(page('/caf%C3%A9'))).toBe(true);
    expect(passes(page('/cafe'))).toBe(false);
  });

  test('of nothing has nothing', () => {
    expect(compileSelection([])(page('/a'))).toBe(false);
  });
});
