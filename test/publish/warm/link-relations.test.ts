import { expect, test } from 'vitest';
import { isAssetProperty, kindOfRelations } from '../../../src/publish/warm/link-relations.js';

test.each([
  ['stylesheet', undefined, 'asset'],
  ['alternate stylesheet', undefined, 'asset'],
  ['shortcut icon', undefined, 'asset'],
  ['APPLE-TOUCH-ICON', undefined, 'asset'],
  ['manifest', undefined, 'asset'],
  ['preload', 'font', 'asset'],
  ['preload', undefined, 'asset'],
  ['modulepreload', undefined, 'asset'],
  ['prefetch', undefined, 'asset'],
  ['prefetch', 'document', 'page'],
  ['search', undefined, 'asset'],
  ['preconnect stylesheet', undefined, 'asset'],
  ['canonical', undefined, 'page'],
  ['alternate', undefined, 'page'],
  ['next nofollow', undefined, 'page'],
  ['prev', undefined, 'page'],
  ['amphtml', undefined, 'page'],
  ['license', undefined, 'page'],
  ['prerender', undefined, 'page'],
  ['preconnect', undefined, undefined],
  ['dns-prefetch', undefined, undefined],
  ['webmention', undefined, undefined],
  ['pingback', undefined, undefined],
  ['EditURI', undefined, undefined],
  ['me', undefined, undefined],
  ['profile', undefined, undefined],
  ['shortlink', undefined, undefined],
  ['hub', undefined, undefined],
  ['https://api.w.org/', undefined, undefined],
  ['constructor', undefined, undefined],
  ['', undefined, undefined],
])('a link with the relations %j as %j names: %s', (rel, as, kind) => {
  expect(kindOfRelations(rel, as)).toBe(kind);
});

test.each([
  ...['og:image', 'og:image:secure_url', 'OG:Image', 'og:video:url', 'og:audio', 'twitter:image'],
  ...['twitter:image:src', 'msapplication-TileImage', 'msapplication-square150x150logo', 'thumbnail'],
])('a meta with the property %s names an asset', (property) => {
  expect(isAssetProperty(property)).toBe(true);
});

test.each(['og:title', 'og:url', 'og:image:alt', 'og:image:width', 'twitter:card', 'description', ''])(
  'a meta with the property %j names none',
  (property) => {
    expect(isAssetProperty(property)).toBe(false);
  },
);
