/** Unusual texts and names: byte order marks, UTF-16, decomposed letters, and names as long as disks allow. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import express from 'express';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestPath, MAX_CODED_NAME_BYTES } from '../../../src/assets/digest.js';
import { readManifest } from '../../../src/assets/manifest.js';
import { listen } from '../../helpers/site/site.js';
import { assetFolders } from './collected-files.js';

const MARK = '\uFEFF';
const encodings: Readonly<Record<string, (text: string) => Buffer>> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with a mark': (text) => Buffer.from(MARK + text),
  'UTF-16, little-endian': (text) => Buffer.from(MARK + text, 'utf16le'),
  'UTF-16, big-endian': (text) => Buffer.from(MARK + text, 'utf16le').swap16(),
};
const texts: Readonly<Record<string, string>> = {
  'a.js': 'import a from "./b.js"; import("./b.js"); // größe 😀\n//# sourceMappingURL=a.js.map',
  'a.mjs': 'export * from "./b.js"',
  'a.css': '@import "b.css"; a{b:url(größe.png)} /* 😀 */ /*# sourceMappingURL=a.css.map */',
  'a.html': '<img src="größe.png"><style>a{b:url(b.css)}</style>',
  'a.svg': '<svg><image href="größe.png"/></svg>',
};
const others = { 'b.js': '1', 'b.css': 'b{}', 'größe.png': 'png', 'a.js.map': '{}', 'a.css.map': '{}' };
const all = Object.entries(encodings).flatMap(([encoding, encode]) =>
  Object.entries(texts).map(([name, text]) => ({ name, encoding, encode, text })),
);

test.each(all)('references in $name are replaced in $encoding', async ({ name, encode, text }) => {
  const rewrite = { js: true, html: true, svg: true };
  const plain = await assetFolders({ ...others, [name]: text }, { rewrite });
  const encoded = await assetFolders({ ...others, [name]: encode(text) }, { rewrite });
  await plain.collect();
  await encoded.collect();
  expect(plain.read(name)).not.toBe(text);
  expect(encoded.bytes(name)).toEqual(encode(plain.read(name)));
});

test.each([
  ['half a character', Buffer.concat([Buffer.from(`${MARK}a{b:url(b.css)}`, 'utf16le'), Buffer.from([1])])],
  ['Latin-1', Buffer.from('/* größe */ a{}', 'latin1')],
  ['noise', Buffer.from([0xff, 0xfe, 0xd8, 0x00, 0xd8])],
])('a stylesheet of %s stays as it is, byte for byte', async (_, bytes) => {
  const folders = await assetFolders({ ...others, 'a.css': bytes });
  await folders.collect();
  expect(folders.bytes('a.css')).toEqual(bytes);
});

test('a digested name in a template is told to be one', async () => {
  const folders = await assetFolders({ 'img/favicon.ico': 'ico' });
  await folders.collect();
  const production = folders.assets({ mode: 'production' });
  for (const name of [folders.nameOf('img/favicon.ico'), 'img/favicon.71317f9c63fb.ico'])
    expect(() => production.assetUrl(name)).toThrow(
      `There is no asset named "${name}". It is a digested name, which changes with the content: use assetUrl("img/favicon.ico").`,
    );
});

describe('a name of decomposed letters, and a reference with composed ones', () => {
  const composed = 'größe é.png';
  const decomposed = composed.normalize('NFD');

  test('are told apart when assets are collected', async () => {
    const folders = await assetFolders({ [decomposed]: 'png', 'a.css': `a{b:url("${composed}")}` });
    await expect(folders.collect()).rejects.toThrow(
      `there is no asset named ${composed}: there is one named "gro\\u0308ße e\\u0301.png", which looks the same`,
    );
  });

  test('are told apart by assetUrl', async () => {
    const folders = await assetFolders({ [decomposed]: 'png' });
    expect(() => folders.assets().assetUrl(composed)).toThrow(
      /There is no asset named .*\. But there is one named "gro\\u0308ße e\\u0301\.png", which looks the same/,
    );
  });

  test('are two files, if both are there', async () => {
    const folders = await assetFolders({
      [decomposed]: 'one',
      [composed]: 'other',
      'a.css': `a{b:url("${composed}")}`,
    });
    await folders.collect();
    expect(folders.read('a.css')).toBe(folders.expected(`a{b:url("<<${composed}>>")}`));
    expect([folders.read(decomposed), folders.read(composed)]).toEqual(['one', 'other']);
  });
});

const lengths = [237, 238, 247, 250, 251, 252, 255].flatMap((length) => [
  [`${'x'.repeat(length - 4)}.css`, length] as const,
  [`${'ü'.repeat(Math.floor((length - 4) / 2))}.css`, length] as const,
  ['x'.repeat(length), length] as const,
  [`x.${'e'.repeat(length - 2)}`, length] as const,
]);

test.each(lengths)('a name is collected, referred to and served: %s of %i bytes', async (name) => {
  const content = 'a { color: red; }\n'.repeat(200);
  const folders = await assetFolders({ [`css/${name}`]: content, 'a.css': `a{b:url("css/${name}")}` });
  await folders.collect();
  const digested = folders.nameOf(`css/${name}`);
  expect(folders.read('a.css')).toBe(folders.expected(`a{b:url("css/<<css/${name}>>")}`));
  const port = await listen(express().use(folders.assets({ mode: 'production' }).middleware));
  for (const path of [`css/${name}`, digested]) {
    const response = await fetch(
      `http://127.0.0.1:${port}/static/${path.split('/').map(encodeURIComponent).join('/')}`,
    );
    expect([response.status, await response.text()]).toEqual([200, content]);
  }
  for (const { coding } of readManifest(folders.root)?.assets.get(`css/${name}`)?.codings ?? [])
    expect(
      statSync(join(folders.root, `${digested}.${{ br: 'br', gzip: 'gz', zstd: 'zst' }[coding]}`)).size,
    ).toBeGreaterThan(0);
  expect((await folders.collect()).made).toEqual([]);
  await folders.collect({ clean: true });
  expect(readFileSync(join(folders.root, `css/${name}`), 'utf8')).toBe(content);
});

test('a digested name has room for a coding, ends in its digest and its extension, and is whole characters', () => {
  const part = fc.string({ unit: 'grapheme', maxLength: 120 }).map((text) => text.replace(/[/.]/g, ''));
  fc.assert(
    fc.property(
      part,
      fc.string({ unit: fc.constantFrom('a', 'z'), minLength: 1, maxLength: 90 }),
      (stem, extension) => {
        const digested = digestPath(`folder/x${stem}.${extension}`, '0123456789ab');
        const name = digested.slice('folder/'.length);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(MAX_CODED_NAME_BYTES);
        expect(name.endsWith(`.0123456789ab.${extension}`)).toBe(true);
        expect(`x${stem}`.startsWith(name.slice(0, -`.0123456789ab.${extension}`.length))).toBe(true);
        expect(Buffer.from(name).toString()).toBe(name);
      },
    ),
    { numRuns: 500 },
  );
});

test('a path that is too long for the disk is an error that names the asset, and what to do', async () => {
  const folders = await assetFolders({ 'a.css': 'a{}' });
  // The path of its source fits into 4,095 bytes, but its path in STATIC_ROOT does not.
  const room = 4090 - Buffer.byteLength(join(folders.folder, 'static/'));
  const deep = `${'d'.repeat(199)}/`.repeat(Math.floor(room / 200));
  const name = `${deep}${'x'.repeat(room - deep.length)}`;
  folders.write({ [name]: 'x' });
  await expect(folders.collect()).rejects.toMatchObject({
    code: 'ERR_STATIC_ROOT_UNUSABLE',
    message: expect.stringContaining(
      `The name of the asset ${name} is too long for the file system of STATIC_ROOT `,
    ),
  });
});
