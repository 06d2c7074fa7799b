/** The HTML of an island in a page, in several template languages, and the islands that are refused. */

import { createRequire } from 'node:module';
import { brotliCompressSync } from 'node:zlib';
import { Eta } from 'eta';
import handlebars from 'handlebars';
import { describe, expect, test } from 'vitest';
import { islandScript } from '../../src/islands/script.js';
import { defaultBodyMarkers, findMarker } from '../../src/page/response/markers.js';
import type { StaticGenerator } from '../../src/static-generator.js';
import { siteWith } from './site.js';

/** These packages have no types. */
const [ejs, pug] = ['ejs', 'pug'].map(createRequire(import.meta.url));
const ISLANDS = { urls: [/^\/account\/[a-z]+$/, /^\/caf\u00e9$/] };
const SCRIPT = `<script type="module" src="/_islands/${islandScript.name}" integrity="${islandScript.integrity}"></script>`;

describe('an island', () => {
  test.each<[string, Parameters<StaticGenerator['island']>, string]>([
    ['with nothing', ['/account/menu'], '<span data-island="/account/menu"></span>'],
    [
      'with a fallback, which is HTML',
      ['/account/menu', { fallback: '<a href="/login">Sign in</a>' }],
      '<span data-island="/account/menu"><a href="/login">Sign in</a></span>',
    ],
    [
      'that comes later, in an element of its own',
      ['/account/menu', { when: 'visible', element: 'div' }],
      '<div data-island="/account/menu" data-island-when="visible"></div>',
    ],
    [
      'with a query, of which the path alone is looked at',
      ['/account/menu?of="me"&small=<1>'],
      '<span data-island="/account/menu?of=&quot;me&quot;&amp;small=&lt;1>"></span>',
    ],
    ['in an escaped spelling', ['/caf%C3%A9'], '<span data-island="/caf%C3%A9"></span>'],
  ])('%s', async (_, given, expected) => {
    const pages = await siteWith({ islands: ISLANDS });
    expect(pages.island(...given)).toBe(`${expected}${SCRIPT}`);
  });

  test.each<[string, unknown, object?]>([
    ['another site', 'https://evil.example/account/menu'],
    ['another site without its scheme', '//evil.example/account/menu'],
    ['another site, to a browser', '/\\evil.example/account/menu'],
    ['another site, behind a tab', '/\t/evil.example/account/menu'],
    ['no path', 'account/menu'],
    ['a route that is not listed', '/admin'],
    ['a way around the list', '/account/../admin'],
    ['an escaped way around the list', '/account/%2e%2e/admin'],
    ['another spelling of one that is listed', '/account//menu'],
    ['what is no text', 7],
    ['nothing', undefined],
    ['an element that is none', '/account/menu', { element: 'img src=x' }],
    ['a time that is none', '/account/menu', { when: 'soon' }],
  ])('is refused: %s', async (_, url, options) => {
    const pages = await siteWith({ islands: ISLANDS });
    expect(() => pages.island(url as string, options)).toThrow(
      expect.objectContaining({ code: 'ERR_BAD_ISLAND' }),
    );
  });

  test('without the option, the error names it', async () => {
    const pages = await siteWith({});
    expect(() => pages.island('/account/menu')).toThrow(/the option `islands`/);
    expect(() => pages.islandScript()).toThrow(/the option `islands`/);
  });

  test.each<[string, (island: StaticGenerator['island']) => string]>([
    ['EJS', (island) => ejs.render('<p><%- island("/account/menu") %></p>', { island })],
    ['Eta', (island) => new Eta().renderString('<p><%~ it.island("/account/menu") %></p>', { island })],
    ['Pug', (island) => pug.render('p!= island("/account/menu")', { island })],
    [
      'Handlebars',
      (island) => {
        const own = handlebars.create();
        own.registerHelper('island', (url: string) => new own.SafeString(island(url)));
        return own.compile('<p>{{island "/account/menu"}}</p>')({});
      },
    ],
  ])('stands in a template of %s as it is', async (_, render) => {
    const { island } = await siteWith({ islands: ISLANDS });
    expect(render(island)).toBe(`<p>${island('/account/menu')}</p>`);
  });
});

test('the script is less than 2 kB when it is compressed', () => {
  expect(brotliCompressSync(islandScript.body).length).toBeLessThan(2_000);
});

test.each<[string, object, string]>([
  ['no URLs', {}, 'islands.urls'],
  ['a URL that is no pattern', { urls: [7] }, 'islands.urls[0]'],
  ['a path that is none', { urls: [], path: 'islands/' }, 'islands.path'],
  ['a path of another site', { urls: [], path: '//evil.example' }, 'islands.path'],
  ['an option that is none', { urls: [], paths: '/x' }, 'islands.paths'],
])('the option is refused: %s', async (_, islands, option) => {
  await expect(siteWith({ islands } as object)).rejects.toMatchObject({
    code: 'ERR_OPTIONS',
    fields: { problems: [expect.objectContaining({ option })] },
  });
});

test.each<[string, string, boolean]>([
  ['a token', '<input type="hidden" name="_csrf" value="x">', true],
  ['a token that a script may put there', '<input type="hidden" name="_csrf">', true],
  ['an island', '<input type="hidden" name="_csrf" data-island="/csrf">', false],
  ['an island, in another order', "<INPUT data-island='/csrf' value='' name=_csrf>", false],
  ['an island that has a token', '<input name="_csrf" data-island="/csrf" value="x">', true],
  ['an island that has a token without quotes', '<input name="_csrf" data-island="/csrf" value=x>', true],
  [
    'an island of text, which may be behind the tag',
    '<textarea name="_csrf" data-island="/c">x</textarea>',
    true,
  ],
  ['a token behind an island', '<input name=_csrf data-island=/c><input name="_csrf" value="x">', true],
  ['an island in another attribute', '<input name="_csrf" title=" data-island=/c" value="x">', true],
  ['a tag without an end', '<input name="_csrf" data-island="/csrf"', true],
])('a field that is %s: a token may be in the page, or not', (_, html, isFound) => {
  expect(findMarker(Buffer.from(`<form>${html}</form>`), defaultBodyMarkers)).toBe(
    isFound ? 'name="_csrf"' : undefined,
  );
});
