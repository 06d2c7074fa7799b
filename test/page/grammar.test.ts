import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalSource,
  endSource,
  isLiteral,
  knownExtensions,
  type Shape,
  shapeOf,
  shapeSource,
} from '../../src/page/grammar.js';
import { layoutCases } from '../cases/layout.js';
import { effort } from '../helpers/effort.js';

const shapes = ['directory', 'extension', 'extensionless'] as const;

describe('a canonical path', () => {
  test.each<[string, Shape]>([
    ['/', 'directory'],
    ['/blog/', 'directory'],
    ['/a/b/c/', 'directory'],
    ['/index/', 'directory'],
    ['/index.x/', 'directory'],
    ['/a.page.b/', 'directory'],
    ['/blog', 'extensionless'],
    ['/index', 'extensionless'],
    ['/html', 'extensionless'],
    ['/docs/v1.2', 'extensionless'],
    ['/a.', 'extensionless'],
    ['/a..b', 'extensionless'],
    ['/a.HTML', 'extensionless'],
    ['/a.html.b', 'extensionless'],
    ['/a.gz.b', 'extensionless'],
    ['/a.page', 'extensionless'],
    ['/page', 'extensionless'],
    ['/a.page.b/c', 'extensionless'],
    ['/@user', 'extensionless'],
    ['/Foo_(bar)', 'extensionless'],
    ['/a+b,c', 'extensionless'],
    ['/caf%C3%A9', 'extensionless'],
    ['/%E6%97%A5%E6%9C%AC', 'extensionless'],
    ['/%F0%9F%98%80', 'extensionless'],
    ['/feed.xml', 'extension'],
    ['/robots.txt', 'extension'],
    ['/post/a.html', 'extension'],
    ['/a.gz.html', 'extension'],
    ['/page.html', 'extension'],
    ['/%C3%A9.html', 'extension'],
    ['/indexes.html', 'extension'],
  ])('%s is of the shape %s', (path, shape) => {
    expect(shapeOf(path)).toBe(shape);
  });

  test('may end in one of these extensions', () => {
    expect([...knownExtensions].sort()).toEqual([
      ...[
        'atom',
        'avif',
        'css',
        'csv',
        'gif',
        'htm',
        'html',
        'ico',
        'ics',
        'jpeg',
        'jpg',
        'js',
        'json',
        'md',
        'mjs',
      ],
      ...['pdf', 'png', 'rss', 'svg', 'txt', 'webmanifest', 'webp', 'xml'],
    ]);
    for (const extension of knownExtensions) expect(shapeOf(`/a.${extension}`)).toBe('extension');
  });

  test('has these ASCII characters and no others', () => {
    const ascii = [...Array(128).keys()].map((code) => String.fromCharCode(code));
    const literals = "!$&'()+,-.0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
    expect(ascii.filter(isLiteral).join('')).toBe(literals);
    expect(
      ascii.filter((character) => shapeOf(`/a${character}b`) !== undefined && character !== '/').join(''),
    ).toBe(literals);
  });
});

describe('never a page is', () => {
  test.each([
    ['an empty target', ''],
    ['the target of OPTIONS', '*'],
    ['a target of the absolute form', 'http://localhost/blog'],
    ['a relative path', 'blog'],
    ['an empty segment at the start', '//'],
    ['a host in the place of a path', '//evil.example/a'],
    ['an empty segment in the middle', '/a//b'],
    ['an empty segment at the end', '/a//'],
    ['a dot segment', '/.'],
    ['a double dot segment', '/a/../b'],
    ['a hidden file', '/.env'],
    ['a file in a hidden folder', '/.git/config'],
    ['a hidden folder', '/a/.well-known/'],
    ['raw Unicode', '/café'],
    ['a raw astral character', '/😀'],
    ['a lone surrogate', '/\ud800'],
    ['a line break at the end', '/a\n'],
    ['a query', '/a?b'],
    ['a fragment', '/a#b'],
    ['a path parameter', '/a;b'],
    ['a star, which is a glob to quickDelete', '/a*'],
    ['a directory that ends in a known extension', '/a.html/'],
    ['a path through a known extension', '/a.html/b'],
    ['a path through the name of a coding', '/a.gz/b'],
    ['the index of a folder by name', '/index.html'],
    ['the index of a folder by name, below', '/a/index.html'],
    ['index with another extension', '/index.php'],
    ['index with a dot', '/index.'],
    ['the name of an extensionless page on disk', '/a.page.html'],
    ['the name of an extensionless page on disk, as JSON', '/a.page.json'],
    ['a reserved name with an unknown extension', '/a.page.b'],
    ['a reserved name in the middle of a name', '/a.page.b.html'],
  ])('%s', (_, path) => {
    expect(shapeOf(path)).toBeUndefined();
  });

  test.each(['.gz', '.br', '.zst', '.tmp'])('a path of which a segment ends in %s', (suffix) => {
    expect(shapeOf(`/a${suffix}`)).toBeUndefined();
    expect(shapeOf(`/a.html${suffix}`)).toBeUndefined();
    expect(shapeOf(`/a${suffix}/`)).toBeUndefined();
    expect(shapeOf(`/a${suffix}/b`)).toBeUndefined();
    // Only the end of the name counts. With more text after the suffix, the name is not that of a coding.
    expect(shapeOf(`/a${suffix}-b`)).toBe('extensionless');
  });
});

describe('a percent-escape', () => {
  test.each([
    ['a slash', '%2F'],
    ['a backslash', '%5C'],
    ['a dot', '%2E'],
    ['a per cent sign', '%25'],
    ['a null byte', '%00'],
    ['a line break', '%0A'],
    ['a delete character', '%7F'],
    ['an unreserved letter', '%41'],
    ['a tilde', '%7E'],
    ['a semicolon', '%3B'],
    ['a question mark', '%3F'],
    ['a number sign', '%23'],
    ['lower-case digits', '%c3%a9'],
    ['lower case in one digit', '%C3%a9'],
    ['an overlong slash', '%C0%AF'],
    ['an overlong letter', '%C1%81'],
    ['an overlong form of three bytes', '%E0%80%AF'],
    ['an overlong form of four bytes', '%F0%80%80%AF'],
    ['a surrogate half', '%ED%A0%80'],
    ['a surrogate pair in CESU-8', '%ED%A0%BD%ED%B8%80'],
    ['a C1 control', '%C2%85'],
    ['more than U+10FFFF', '%F4%90%80%80'],
    ['a lead byte that is none', '%FE%80%80%80'],
    ['a tail byte alone', '%A9'],
    ['a character cut short', '%C3'],
    ['a character of three bytes cut short', '%E6%97'],
    ['a character of four bytes cut short', '%F0%9F%98'],
    ['a character cut short by a letter', '%E6%97a'],
    ['one tail byte too many', '%C3%A9%A9'],
    ['an escape cut short', '%C'],
    ['a per cent sign alone', '%'],
    ['no hexadecimal digit', '%G9'],
    ['a Unicode escape of JavaScript', '%u00E9'],
  ])('of %s is not canonical', (_, bytes) => {
    expect(shapeOf(`/a${bytes}`)).toBeUndefined();
    expect(shapeOf(`/${bytes}b`)).toBeUndefined();
    expect(shapeOf(`/a/${bytes}/`)).toBeUndefined();
  });

  test('is canonical for a space and every character from U+00A0 on, and for no other', () => {
    const wrong: string[] = [];
    // Every character of the basic plane, and a sample of the others with their first and last.
    for (let code = 0; code <= 0x10ffff; code += code < 0xffff || code % 0x10000 === 0xfffe ? 1 : 0x7b) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const escaped = encodeURIComponent(String.fromCodePoint(code));
      const escapes = escaped.startsWith('%') && (code >= 0xa0 || code === 0x20);
      if ((shapeOf(`/x${escaped}`) !== undefined) !== (escapes || isLiteral(escaped))) wrong.push(escaped);
    }
    expect(wrong).toEqual([]);
  });

  test('is canonical only where a strict UTF-8 decoder accepts its bytes', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const meansCharacters = (bytes: readonly number[]) => {
      try {
        const text = strict.decode(Uint8Array.from(bytes));
        return [...text].every((character) => character >= '\u00a0' || character === ' ');
      } catch (error) {
        if (error instanceof TypeError) return false;
        throw error;
      }
    };
    const all = [...Array(256).keys()];
    const leads = all.slice(0xc0);
    // Where the ranges of RFC 3629 begin and end.
    const edges = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
    const tails = [0x7f, 0x80, 0xbf, 0xc0];
    const sequences = [
      ...all.map((byte) => [byte]),
      ...all.flatMap((lead) => all.map((tail) => [lead, tail])),
      ...leads.flatMap((lead) => all.flatMap((second) => tails.map((third) => [lead, second, third]))),
      ...leads.flatMap((lead) =>
        edges.flatMap((second) =>
          tails.flatMap((third) => tails.map((fourth) => [lead, second, third, fourth])),
        ),
      ),
    ];
    const escapeByte = (byte: number) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    const wrong = sequences.filter((bytes) => {
      const isCanonical = shapeOf(`/${bytes.map(escapeByte).join('')}`) !== undefined;
      return isCanonical !== meansCharacters(bytes);
    });
    expect(wrong).toEqual([]);
    expect(sequences.length).toBeGreaterThan(100_000);
  });
});

describe('the source of the grammar', () => {
  test.each(shapes)('is the same for nginx as for JavaScript but for possessive quantifiers: %s', (shape) => {
    const withoutPossessives = shapeSource(shape, 'pcre').replaceAll('++', '+').replaceAll('*+', '*');
    expect(withoutPossessives).toBe(shapeSource(shape, 'javascript'));
    // Except one in a lookahead, which must be able to backtrack.
    const consuming = shapeSource(shape, 'pcre')
      .replaceAll('[^/]*', '')
      .replaceAll(/\[[^\]]*\]/g, '');
    expect(new Set(consuming.match(/[+*]+/g))).toEqual(new Set(['++', '*+']));
  });

  test.each(shapes)('has no quote and no control character, which nginx would stumble over: %s', (shape) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(shapeSource(shape, 'pcre')).not.toMatch(/["\u0000-\u0020]/);
  });

  test('fits one shape at most to any path', () => {
    const compiled = shapes.map((shape) => new RegExp(`^${shapeSource(shape, 'javascript')}$`));
    for (const path of everyPath(['/', '.', 'a', 'index', 'page', 'html', 'gz'], 6)) {
      const fitting = compiled.filter((pattern) => pattern.test(path)).length;
      if (fitting > 1) expect.fail(`${path} has ${fitting} shapes`);
    }
  });

  test('is matched in linear time, whatever the path', () => {
    const hostile = [
      `/${'a'.repeat(60_000)}\\`,
      `/${'a/'.repeat(30_000)}\\`,
      `/${'.page'.repeat(12_000)}`,
      `/a${'.html'.repeat(12_000)}/`,
      `/${'%C3%A9'.repeat(10_000)}%`,
      `/${'a.page.'.repeat(8_000)}`,
    ];
    const startedAt = performance.now();
    for (const path of hostile) expect(shapeOf(path)).toBeUndefined();
    // Quadratic time would take minutes.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

/** Returns every path that consists of a slash and up to `length` tokens. */
function* everyPath(tokens: readonly string[], length: number, start = '/'): Generator<string> {
  yield start;
  if (length === 0) return;
  for (const token of tokens) yield* everyPath(tokens, length - 1, `${start}${token}`);
}

describe('one pattern for all shapes, and the ends that tell them apart', () => {
  const canonical = new RegExp(`^${canonicalSource('javascript')}$`);

  /** Returns the first shape whose end the path has, otherwise the shape without an end. */
  function shapeByEnd(path: string): Shape | undefined {
    if (!canonical.test(path)) return undefined;
    return shapes.find((shape) => new RegExp(`${endSource(shape) ?? ''}$`).test(path));
  }

  test.each(layoutCases.map(({ target }) => target))(
    'agree with the pattern of each shape on %j',
    (target) => {
      expect(shapeByEnd(target)).toBe(shapeOf(target));
    },
  );

  test('agree on random paths', () => {
    const pieces = [
      '/',
      '/',
      'a',
      '.',
      'index',
      '.page.',
      '.html',
      '.gz',
      '.tmp',
      '.br',
      '%C3%A9',
      '%c3',
      '~',
      '..',
      ';',
    ];
    const path = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((some) => `/${some.join('')}`);
    fc.assert(
      fc.property(path, (one) => {
        expect(shapeByEnd(one)).toBe(shapeOf(one));
      }),
      { numRuns: effort({ usual: 200, long: 2_000 }) },
    );
  });
});
