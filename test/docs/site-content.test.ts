import { marked } from 'marked';
import { describe, expect, test } from 'vitest';
import { targetOf, urlOfPage } from '../../docs/site/content/addresses.js';
import type { Source } from '../../docs/site/content/library.js';
import { readParts } from '../../docs/site/content/parts.js';
import { sourceUrlOf } from '../../docs/site/content/source-url.js';

describe('the menu of the website', () => {
  const menuOf = (files: Readonly<Record<string, string>>) => {
    const sources = Object.entries(files).map(([file, text]): [string, Source] => [
      file,
      { file, url: urlOfPage(file), title: file, tokens: marked.lexer(text) },
    ]);
    return readParts(new Map(sources)).map(({ title, sources: own }) => [
      title,
      ...own.map(({ file }) => file),
    ]);
  };
  const pages = { 'docs/guide/a.md': '# A', 'docs/guide/b.md': '# B', 'docs/guide/in/c.md': '# C' };

  test('has the parts of the guide, each page once, where its part names it first', () => {
    const guide =
      '# Guide\n\nBegin with [b](b.md).\n\n## One\n\n| [a](a.md) | see [b](b.md#x) |\n|-|-|\n\n## Two\n\n- [c](in/c.md), [a](a.md)';
    expect(menuOf({ ...pages, 'docs/guide/README.md': guide })).toEqual([
      ['One', 'docs/guide/a.md', 'docs/guide/b.md'],
      ['Two', 'docs/guide/in/c.md'],
    ]);
  });

  test('has the guide as one part, where it has no headings, and lists what it does not name', () => {
    expect(menuOf({ ...pages, 'docs/guide/README.md': '# Guide\n\n[b](b.md)' })).toEqual([
      ['Guide', 'docs/guide/b.md'],
      ['More', 'docs/guide/a.md', 'docs/guide/in/c.md'],
    ]);
  });

  test('has the reference in the order in which the guide names it', () => {
    const guide = '# Guide\n\n## Reference\n\n[z](../reference/z.md), [m](../reference/m.md)';
    const reference = ['a', 'm', 'z', 'README'].map((name) => [`docs/reference/${name}.md`, `# ${name}`]);
    expect(menuOf({ 'docs/guide/README.md': guide, ...Object.fromEntries(reference) })).toEqual([
      ['Reference', 'docs/reference/z.md', 'docs/reference/m.md', 'docs/reference/a.md'],
    ]);
  });
});

test.each([
  ['docs/guide/a.md', 'b.md#c', { file: 'docs/guide/b.md', fragment: '#c' }],
  ['docs/guide/a.md', '../reference/', { file: 'docs/reference', fragment: '' }],
  ['README.md', 'docs/a%20b.md', { file: 'docs/a b.md', fragment: '' }],
  ['docs/guide/a.md', '#here', undefined],
  ['docs/guide/a.md', 'https://example.com/a.md', undefined],
  ['docs/guide/a.md', 'mailto:a@example.com', undefined],
])('a link of %s to %s names a file', (from, link, target) => {
  expect(targetOf(from, link)).toEqual(target);
});

describe('the sources can be read', () => {
  const urlOf = (repository?: string | { url: string }) =>
    sourceUrlOf({ version: '1.2.3', ...(repository === undefined ? {} : { repository }) })?.('src/errors.ts');

  test.each([
    [{ url: 'git+https://github.com/a/b.git' }, 'https://github.com/a/b/blob/v1.2.3/src/errors.ts'],
    ['https://gitlab.com/a/b', 'https://gitlab.com/a/b/-/blob/v1.2.3/src/errors.ts'],
    [{ url: 'https://codeberg.org/a/b.git' }, 'https://codeberg.org/a/b/src/tag/v1.2.3/src/errors.ts'],
  ])('in %j', (repository, expected) => {
    expect(urlOf(repository)).toBe(expected);
  });

  test.each([undefined, 'https://git.example.com/a/b.git'])('nowhere that is known with %s', (repository) => {
    expect(urlOf(repository)).toBeUndefined();
  });
});
