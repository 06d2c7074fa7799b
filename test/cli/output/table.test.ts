import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatSpan,
  formatTable,
  formatTime,
  printable,
  wrap,
} from '../../../src/cli/output/table.js';

test.each([
  [0, '0 B'],
  [1, '1 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [1024 ** 2 - 1, '1.0 MiB'],
  [5 * 1024 ** 2, '5.0 MiB'],
  [3.25 * 1024 ** 3, '3.3 GiB'],
  [1024 ** 4, '1.0 TiB'],
  [2048 * 1024 ** 4, '2048.0 TiB'],
])('%i bytes are shown as %s', (bytes, shown) => {
  expect(formatBytes(bytes)).toBe(shown);
});

test.each([
  [0, '0 pages'],
  [1, '1 page'],
  [2, '2 pages'],
])('%i of them are %s', (count, shown) => {
  expect(formatCount(count, 'page')).toBe(shown);
});

test.each([
  [0, '0 ms'],
  [850.4, '850 ms'],
  [12_345, '12.3 s'],
  [99_999, '100.0 s'],
  [100_000, '2 min'],
  [5_900_000, '98 min'],
  [6_000_000, '2 h'],
])('%d milliseconds are shown as %s', (milliseconds, shown) => {
  expect(formatSpan(milliseconds)).toBe(shown);
});

test.each<[string, number, readonly string[]]>([
  ['all of it', Infinity, ['all of it']],
  ['all of it', 9, ['all of it']],
  ['all of it', 8, ['all of', '  it']],
  ['all of it', 5, ['all', '  of', '  it']],
  ['incomprehensible', 6, ['incom\u2026']],
  ['', 6, ['']],
])('%s in %d cells takes the lines %j', (text, width, lines) => {
  expect(wrap(text, width)).toEqual(lines);
});

test.each(['UTC', 'Asia/Kolkata', 'America/St_Johns'])(
  'a time is shown as a clock in %s shows it',
  (zone) => {
    vi.stubEnv('TZ', zone);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(formatTime(new Date(2026, 6, 5, 4, 3, 2, 1).getTime())).toBe('2026-07-05 04:03:02');
    expect(formatTime(new Date(2026, 0, 31, 23, 59, 59).getTime())).toBe('2026-01-31 23:59:59');
  },
);

describe('a table', () => {
  const columns = [
    { title: 'Name', text: ([name]: readonly [string, number]) => name },
    { title: 'n', align: 'right' as const, text: ([, size]: readonly [string, number]) => String(size) },
    { title: 'Again', text: ([name]: readonly [string, number]) => name },
  ];
  const lines = (...rows: readonly (readonly [string, number])[]) => [...formatTable(columns, rows)];

  test('has columns as wide as the widest of titles and cells, and no space at the end of a line', () => {
    expect(lines(['a', 1], ['abcdef', 100])).toEqual([
      'Name      n  Again', //
      'a         1  a',
      'abcdef  100  abcdef',
    ]);
  });

  test('without rows has its titles', () => {
    expect(lines()).toEqual(['Name  n  Again']);
  });

  test.each([
    ['East Asian characters, which take two cells', '日本語'],
    ['combining marks, which take none', 'e\u0301abcde'],
    ['other letters, which take one', 'блогъё'],
  ])('is aligned with %s', (_, name) => {
    expect(lines([name, 1])).toEqual(['Name    n  Again', `${name}  1  ${name}`]);
  });

  test('is aligned with what is escaped', () => {
    expect(lines(['a\u202eb', 1])).toEqual(['Name        n  Again', 'a\\u{202e}b  1  a\\u{202e}b']);
  });
});

test.each([
  ['an escape sequence', '\u001b[2Jx', '\\u{1b}[2Jx'],
  ['the one-byte form of it', '\u009b2J', '\\u{9b}2J'],
  ['a line', 'a\nb', 'a\\u{a}b'],
  ['a change of direction', '\u2066x', '\\u{2066}x'],
  ['a line separator', '\u2028', '\\u{2028}'],
])('%s is shown and not obeyed', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

describe('a table that is too wide', () => {
  const columns = [
    { title: 'Path', mayLose: 'end' as const, text: (row: readonly string[]) => row[0] ?? '' },
    { title: 'Size', align: 'right' as const, text: (row: readonly string[]) => row[1] ?? '' },
    { title: 'Tags', mayLose: 'all' as const, text: (row: readonly string[]) => row[2] ?? '' },
  ];
  const row = ['/posts/hello-world', '12 B', 'post:1 author:7 all-posts'];

  test.each([
    [60, ['Path                Size  Tags', '/posts/hello-world  12 B  post:1 author:7 all-posts']],
    [40, ['Path                Size  Tags', '/posts/hello-world  12 B  post:1 author\u2026']],
    [30, ['Path                Size', '/posts/hello-world  12 B']],
    [20, ['Path            Size', '/posts/hello-\u2026  12 B']],
    [10, ['Path          Size', '/posts/hell\u2026  12 B']],
  ])('loses what it may in %i cells', (width, lines) => {
    expect([...formatTable(columns, [row], width)]).toEqual(lines);
  });

  test('counts wide characters', () => {
    const lines = [...formatTable(columns, [['/\u8336'.repeat(10), '1 B', '']], 24)];
    expect(lines[1]).toBe('/\u8336/\u8336/\u8336/\u8336/\u8336/\u2026    1 B');
  });
});
