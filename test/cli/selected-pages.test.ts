import { describe, expect, test } from 'vitest';
import { compileSelection, selectPages } from '../../src/cli/selected-pages.js';
import type { StoredPage } from '../../src/ledger/ledger.js';

function page(path: string, { host = '', tags = [] as readonly string[] } = {}): StoredPage {
  const known = { path, host, file: `${host}${path}`, bytes: 1, hash: '', tags };
  return { ...known, storedAt: 0, expiresAt: undefined, servedBy: 'nginx' };
}

const every = () => true;
const shown = (pages: readonly StoredPage[]) => pages.map(({ host, path }) => `${host}${path}`);

describe('pages are selected', () => {
  test('by path and then host, in whatever order they come', () => {
    const pages = [
      page('/b', { host: 'z' }),
      page('/b', { host: 'y' }),
      page('/a', { host: 'z' }),
      page('/'),
    ];
    expect(shown(selectPages(pages, every))).toEqual(['/', 'z/a', 'y/b', 'z/b']);
  });

  test.each([
    ['last', (paths: readonly string[]) => paths.toReversed()],
    ['in between', (paths: readonly string[]) => [...paths.slice(2500), ...paths.slice(0, 2500)]],
  ])('up to a limit: the first by path, though they come %s', (_, shuffle) => {
    const paths = Array.from({ length: 5000 }, (_, index) => `/p${String(index).padStart(4, '0')}`);
    const pages = shuffle(paths).map((path) => page(path));
    expect(shown(selectPages(pages, every, 3))).toEqual(paths.slice(0, 3));
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
