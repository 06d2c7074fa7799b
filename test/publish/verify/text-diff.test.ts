import { expect, test } from 'vitest';
import { diffTexts } from '../../../src/publish/verify/text-diff.js';

const options = { names: ['stored', 'rendered'], maxLines: 20 } as const;

test('a diff is unified, with three lines around what differs', () => {
  const lines = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];
  const changed = lines.map((line) => (line === '5' ? 'five' : line));
  expect(diffTexts(`${lines.join('\n')}\n`, `${changed.join('\n')}\n`, options)).toBe(
    '--- stored\n+++ rendered\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n',
  );
});

test('markup in one long line is told by elements', () => {
  const markup = (word: string) => `<ul>${'<li>same</li>'.repeat(50)}<li>${word}</li></ul>`;
  const diff = diffTexts(markup('old'), markup('new'), options);
  expect(diff).toContain('\n-<li>old</li>\n+<li>new</li>\n');
  expect(diff.split('\n').length).toBeLessThan(15);
});

test('more lines than asked for are counted', () => {
  const lines = (word: string) =>
    Array.from({ length: 100 }, (_value, index) => `${word} ${index}`).join('\n');
  const diff = diffTexts(lines('old'), lines('new'), options);
  expect(diff.trimEnd().split('\n')).toHaveLength(21);
  expect(diff).toMatch(/\n\(\d+ more lines\)\n$/);
});

test('texts that have nothing in common are told apart at once', () => {
  const lines = (word: string) =>
    Array.from({ length: 10_000 }, (_value, index) => `${word} ${index}`).join('\n');
  expect(diffTexts(lines('old'), lines('new'), options)).toBe(
    '--- stored\n+++ rendered\n(more than 1000 lines differ)\n',
  );
});
