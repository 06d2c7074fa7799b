import { join, normalize } from 'node:path/posix';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isInside } from '../../src/files/folders.js';
import { codingSuffixes, knownExtensions } from '../../src/page/grammar.js';
import {
  bareName,
  canonicalPath,
  extensionsOf,
  fileOf,
  filesOf,
  filesWithIncludes,
  type PagePath,
  pageOfFile,
  parsePagePath,
} from '../../src/page/layout.js';
import { absoluteForms, layoutCases, otherCases, pageCases } from '../cases/layout.js';
import { effort } from '../helpers/effort.js';

const ROOT = '/var/www/blog';
const MAX_COMPONENT_BYTES = 255;

/** Returns the page of a path that is known to be canonical. */
function pageAt(path: string): PagePath {
  const page = parsePagePath(path);
  if (page === undefined) throw new Error(`${path} is not canonical`);
  return page;
}

describe('a request target of the table that nginx is tested with', () => {
  test.each(pageCases)('$target is a page ($why)', ({ target, decoded = target, file = '', json }) => {
    const page = pageAt(target);
    expect(page).toMatchObject({ path: target, decoded });
    expect(filesOf(page)).toEqual(json === undefined ? [file] : [file, json]);
    for (const one of filesOf(page)) expect(pageOfFile(one)).toEqual(page);
  });

  test.each([...otherCases, ...absoluteForms])('$target is no page ($why)', ({ target }) => {
    expect(parsePagePath(target)).toBeUndefined();
  });

  test('shares its file with no other', () => {
    const files = layoutCases.flatMap(({ file = [], json = [] }) => [file, json].flat());
    expect(new Set(files).size).toBe(files.length);
  });
});

describe('the files of a page', () => {
  test.each<[string, string[]]>([
    ['/', ['index.html']],
    ['/blog/', ['blog/index.html']],
    ['/a/b/', ['a/b/index.html']],
    ['/post/a.html', ['post/a.html']],
    ['/feed.xml', ['feed.xml']],
    ['/robots.txt', ['robots.txt']],
    ['/style.css', ['style.css']],
    ['/blog', ['blog.page.html', 'blog.page.json']],
    ['/docs/v1.2', ['docs/v1.2.page.html', 'docs/v1.2.page.json']],
    ['/api/posts', ['api/posts.page.html', 'api/posts.page.json']],
    ['/index', ['index.page.html', 'index.page.json']],
    ['/a.page', ['a.page.page.html', 'a.page.page.json']],
    ['/a.HTML', ['a.HTML.page.html', 'a.HTML.page.json']],
    ['/@user', ['@user.page.html', '@user.page.json']],
    ['/Foo_(bar)', ['Foo_(bar).page.html', 'Foo_(bar).page.json']],
    ['/caf%C3%A9', ['café.page.html', 'café.page.json']],
    ['/%F0%9F%98%80/', ['😀/index.html']],
    ['/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82.html', ['привет.html']],
  ])('%s lies in %j', (path, files) => {
    expect(filesOf(pageAt(path))).toEqual(files);
  });

  test('have the type of the URL where it has an extension, else HTML or JSON', () => {
    expect(extensionsOf(pageAt('/a/'))).toEqual(['html']);
    expect(extensionsOf(pageAt('/a'))).toEqual(['html', 'json']);
    for (const extension of knownExtensions)
      expect(extensionsOf(pageAt(`/a.b.${extension}`))).toEqual([extension]);
  });

  test('are told apart for the forms of one name', () => {
    const forms = [
      '/blog',
      '/blog/',
      '/blog.html',
      '/blog/index',
      '/blog.page',
      '/blog.htm',
      '/blog.json',
      '/',
    ];
    const files = forms.flatMap((path) => filesOf(pageAt(path)));
    expect(new Set(files).size).toBe(files.length);
  });

  test('have none for a path that another page has by name', () => {
    for (const path of ['/blog/index.html', '/index.html/', '/index.html', '/blog.page.html']) {
      expect(parsePagePath(path)).toBeUndefined();
    }
  });

  test('are named by the decoded path, while the page is named by the escaped one', () => {
    expect(parsePagePath('/caf%C3%A9')).toEqual({
      path: '/caf%C3%A9',
      decoded: '/café',
      shape: 'extensionless',
    });
  });

  test('keep the two normal forms of an accent apart, as the URLs are', () => {
    expect(fileOf(pageAt('/%C3%A9'), 'html')).not.toBe(fileOf(pageAt('/e%CC%81'), 'html'));
  });
});

describe('a path is a page as long as its files can be named', () => {
  const bytes = { ascii: 'a', cyrillic: '%D0%B6', japanese: '%E3%81%82', emoji: '%F0%9F%98%80' } as const;

  test.each<[string, string, number]>([
    // 255 bytes, minus the longest suffix of a coding (4) and, without an extension, `.page.html` (10).
    ['an extensionless name', bytes.ascii, 241],
    ['a Cyrillic name', bytes.cyrillic, 120],
    ['a Japanese name', bytes.japanese, 80],
    ['a name of astral characters', bytes.emoji, 60],
  ])('%s: %s at most %i times', (_, character, longest) => {
    expect(parsePagePath(`/${character.repeat(longest)}`)).toBeDefined();
    expect(parsePagePath(`/${character.repeat(longest + 1)}`)).toBeUndefined();
    expect(parsePagePath(`/x/${character.repeat(longest + 1)}`)).toBeUndefined();
  });

  test('a name with an extension has 251 bytes at most, its extension included', () => {
    expect(parsePagePath(`/${'a'.repeat(246)}.html`)).toBeDefined();
    expect(parsePagePath(`/${'a'.repeat(247)}.html`)).toBeUndefined();
  });

  test('a folder has 255 bytes at most', () => {
    expect(parsePagePath(`/${'a'.repeat(255)}/`)).toBeDefined();
    expect(parsePagePath(`/${'a'.repeat(256)}/`)).toBeUndefined();
    expect(parsePagePath(`/${'a'.repeat(255)}/b`)).toBeDefined();
    expect(parsePagePath(`/${'a'.repeat(256)}/b`)).toBeUndefined();
    expect(parsePagePath(`/${'a'.repeat(256)}/b.html`)).toBeUndefined();
  });

  test('a whole file name has 3,000 bytes at most', () => {
    const folders = `/${'abcdefghi/'.repeat(298)}`;
    const nameOf = (length: number) => `${folders}${'a'.repeat(length)}`;
    // 2,980 bytes of folders and 10 of `.page.html`.
    expect(Buffer.byteLength(fileOf(pageAt(nameOf(10)), 'html'))).toBe(3000);
    expect(parsePagePath(nameOf(11))).toBeUndefined();
  });

  test('bytes are counted, not characters', () => {
    // Each of these names has 100 characters.
    expect(parsePagePath(`/${bytes.ascii.repeat(100)}`)).toBeDefined();
    expect(parsePagePath(`/${bytes.cyrillic.repeat(100)}`)).toBeDefined();
    expect(parsePagePath(`/${bytes.japanese.repeat(100)}`)).toBeUndefined();
  });
});

describe('a file that is no page is told from one', () => {
  test.each([
    ['', 'no name'],
    ['index.page.htm', 'an extension that no extensionless page has'],
    ['blog.page.xml', 'another extension that no extensionless page has'],
    ['blog', 'no extension'],
    ['notes.docx', 'an unknown extension'],
    ['index.php', 'a reserved name'],
    ['index.json', 'a reserved name of a known extension'],
    ['index.html.html', 'a reserved name that ends as a page does'],
    ['blog/index.htm', 'a reserved name below'],
    ['a.page.b.page.html', 'a reserved name within a page name'],
    ['.page.html', 'only a suffix'],
    ['blog/.page.html', 'only a suffix, in a folder'],
    ['index.html.page.html', 'a page of a reserved name'],
    ['a.html.page.html', 'the extensionless file of a name with an extension'],
    ['a.html/index.html', 'a page in a folder with an extension'],
    ['a.html/b.html', 'a page below a folder with an extension'],
    ['a.html.gz', 'a coding'],
    ['a.html.br', 'another coding'],
    ['a.html.zst', 'a coding to come'],
    ['a.html.tmp', 'a temporary file'],
    ['a.gz.page.html', 'a page of a coding name'],
    ['.htaccess', 'a hidden file'],
    ['.well-known/security.txt', 'a file in a hidden folder'],
    ['a/../index.html', 'a dot segment'],
    ['../index.html', 'a file outside'],
    ['/index.html', 'an absolute name'],
    ['a//b.html', 'an empty segment'],
    ['caf%C3%A9.page.html', 'an escape in the name'],
    ['a\tb.html', 'a tab'],
    ['a;b.html', 'a semicolon'],
    ['a*.html', 'a star'],
    ['a\u0085.html', 'a C1 control'],
    ['a\ud800.html', 'a lone surrogate'],
    ['a\n.html', 'a line break'],
    [`${'a'.repeat(248)}.html`, 'a name that leaves no room for its codings'],
  ])('%s (%s)', (file) => {
    expect(pageOfFile(file)).toBeUndefined();
  });
});

describe('the layout of every path of up to five parts', () => {
  const tokens = ['/', '.', 'a', 'index', '.page', '.html', '.json', 'gz', 'br', '%C3%A9'];
  const paths = [...everyPath(tokens, 5)];
  const pages = paths.map(parsePagePath).filter((page) => page !== undefined);

  test('is worth looking at', () => {
    expect(paths.length).toBeGreaterThan(100_000);
    expect(pages.length).toBeGreaterThan(20_000);
  });

  test('is injective, and no file stands where a folder is needed', () => {
    expect(findConflict(pages)).toBeUndefined();
  });

  test('is reversible, and stays inside WEB_ROOT', () => {
    expect(pages.map(whyMisplaced).find((why) => why !== undefined)).toBeUndefined();
  });

  test('knows each page by no other spelling', () => {
    const wrong = pages.find(
      ({ path, decoded }) => canonicalPath(path) !== path || canonicalPath(decoded) !== path,
    );
    expect(wrong).toBeUndefined();
  });
});

const mutants = [
  '/',
  '.',
  'index',
  '.html',
  '.page.html',
  '.page',
  'index.html',
  '.gz',
  '.json',
  '%C3%A9',
  'a',
  '',
] as const;

/** Returns a path that differs little from another. If two pages could have the same file, such paths would. */
function mutate(
  path: string,
  position: number,
  kind: 'delete' | 'double' | 'insert' | 'cut',
  text: string,
): string {
  const at = 1 + (position % path.length);
  if (kind === 'delete') return `${path.slice(0, at)}${path.slice(at + 1)}`;
  if (kind === 'double') return `${path}${path.slice(-at)}`;
  if (kind === 'cut') return `${path.slice(0, at)}${text}`;
  return `${path.slice(0, at)}${text}${path.slice(at)}`;
}

describe('the layout of generated paths', () => {
  const literals = [..."abzAZ019._~@!$&'()+,=:-"];
  const part = fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom(...literals) },
    { weight: 12, arbitrary: fc.constantFrom('é', 'e\u0301', 'あ', '😀', '\u00a0', '\u2028', '\ufeff', 'ﬀ') },
    {
      weight: 8,
      arbitrary: fc.constantFrom('.html', '.page', '.page.html', '.page.json', 'index', 'index.html', '.gz'),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('x'.repeat(70), 'é'.repeat(60), 'あ'.repeat(80), 'y'.repeat(241)),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('..', '%2F', '%2E%2E', '\\', '\0', ' ', ';', '%', '?', '*', '%c3%a9'),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) },
  );
  const segment = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
  const path = fc
    .tuple(fc.array(segment, { maxLength: 4 }), fc.boolean())
    .map(([segments, slash]) => `/${segments.map(escapeUnicode).join('/')}${slash ? '/' : ''}`);
  const mutation = fc.tuple(
    fc.nat(),
    fc.constantFrom('delete', 'double', 'insert', 'cut'),
    fc.constantFrom(...mutants),
  );
  const family = fc
    .tuple(path, fc.array(mutation, { minLength: 6, maxLength: 12 }))
    .map(([first, mutations]) => {
      const relatives = mutations.map(([at, kind, text]) => mutate(first, at, kind, text));
      return [...new Set([first, ...relatives])];
    });

  test('is injective among a path and its mutations, reversible, and inside WEB_ROOT', () => {
    const families = effort({ usual: 500, long: 8_000 });
    let pages = 0;
    fc.assert(
      fc.property(family, (relatives) => {
        const found = relatives.map(parsePagePath).filter((page) => page !== undefined);
        pages += found.length;
        expect(findConflict(found)).toBeUndefined();
        for (const page of found) expect(whyMisplaced(page)).toBeUndefined();
      }),
      { numRuns: families },
    );
    // Otherwise hardly any of these names would be the name of a page.
    expect(pages).toBeGreaterThan(1.25 * families);
  });

  test('finds a page in no file but its own', () => {
    fc.assert(
      fc.property(family, (names) => {
        for (const name of names) {
          const page = pageOfFile(name.slice(1));
          if (page !== undefined)
            expect([...filesOf(page), ...filesWithIncludes(page)]).toContain(name.slice(1));
        }
      }),
      { numRuns: effort({ usual: 300, long: 2_500 }) },
    );
  });
});

describe('a path that a person wrote', () => {
  test.each([
    ['/', '/'],
    ['/blog', '/blog'],
    ['/blog/', '/blog/'],
    ['/café', '/caf%C3%A9'],
    ['/caf%C3%A9', '/caf%C3%A9'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/日本/あ.html', '/%E6%97%A5%E6%9C%AC/%E3%81%82.html'],
    ['/😀', '/%F0%9F%98%80'],
    ['/%41%42', '/AB'],
    ['/%7euser', '/~user'],
    ['/a%2Eb', '/a.b'],
    ['/a%2D%5F', '/a-_'],
    ['/%40user', '/@user'],
    ['/Foo_%28bar%29', '/Foo_(bar)'],
    ['/a%2Cb%3Ac', '/a,b:c'],
    ['/é%C3%A9', '/%C3%A9%C3%A9'],
    ['/a..b', '/a..b'],
  ])('%s means %s', (written, path) => {
    expect(canonicalPath(written)).toBe(path);
  });

  test.each([
    [''],
    ['blog'],
    ['//'],
    ['/a//b'],
    ['/.'],
    ['/../a'],
    ['/a/.hidden'],
    ['/a\\b'],
    ['/%2e%2e/a'],
    ['/a/%2Ehidden'],
    ['/a%2fb'],
    ['/a%2Fb'],
    ['/a%5Cb'],
    ['/a%5cb'],
    ['/a%25b'],
    ['/a%00'],
    ['/a%1F'],
    ['/a%7F'],
    ['/a%'],
    ['/a%4'],
    ['/a%zz'],
    ['/a%C3'],
    ['/a%C0%AF'],
    ['/a%ED%A0%80'],
    ['/a%C2%85'],
    ['/a\ud800'],
    ['/a\u0085'],
    ['/a\n'],
    ['/a\u007f'],
    ['/a%2520b'],
    ['/a;b'],
    ['/a%3Bb'],
    ['/a"b'],
    ['/a%3Fb'],
    ['/a%23b'],
    ['/a*b'],
    ['/a%2Ab'],
  ])('%j means no page', (written) => {
    expect(canonicalPath(written)).toBeUndefined();
  });

  test('is canonical after having been made so, however it was escaped', () => {
    const written = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => `/${text}`);
    fc.assert(
      fc.property(written, fc.func(fc.boolean()), (text, isEscaped) => {
        const spelled = wellFormed(text).replace(/[^/]/gu, (one) =>
          isEscaped(one) ? escapeEverything(one) : one,
        );
        const canonical = canonicalPath(spelled);
        if (canonical === undefined) return;
        expect(canonicalPath(canonical)).toBe(canonical);
        expect(decodeURIComponent(canonical)).toBe(decodeURIComponent(spelled));
        expect(canonical).toMatch(/^(?:[/\w.~@!$&'()+,=:-]|%[89A-F][0-9A-F])+$/);
      }),
      { numRuns: effort({ usual: 300, long: 2_500 }) },
    );
  });
});

describe('the name of a page', () => {
  test.each([
    ['/', '/'],
    ['/blog', '/blog'],
    ['/blog/', '/blog'],
    ['/a/b/', '/a/b'],
    ['/a.html', '/a.html'],
  ])('%s is %s', (path, name) => {
    expect(bareName(path)).toBe(name);
  });
});

/** Returns every path that consists of a slash and up to `length` tokens. */
function* everyPath(tokens: readonly string[], length: number, start = '/'): Generator<string> {
  yield start;
  if (length === 0) return;
  for (const token of tokens) yield* everyPath(tokens, length - 1, `${start}${token}`);
}

/** Returns every name that a page may use on the disk: its files and their codings. */
function namesOf(page: PagePath): string[] {
  const coded = filesOf(page).flatMap((file) => [
    file,
    ...codingSuffixes.map((suffix) => `${file}${suffix}`),
  ]);
  return [...coded, ...filesWithIncludes(page)];
}

/** Finds two pages with the same file, or a file where another page needs a folder. */
function findConflict(pages: readonly PagePath[]): string | undefined {
  const owners = new Map<string, string>();
  for (const page of pages) {
    for (const name of namesOf(page)) {
      const owner = owners.get(name);
      if (owner !== undefined) return `${page.path} and ${owner} meet in ${name}`;
      owners.set(name, page.path);
    }
  }
  for (const page of pages) {
    const file = fileOf(page, 'html');
    for (let slash = file.indexOf('/'); slash !== -1; slash = file.indexOf('/', slash + 1)) {
      const owner = owners.get(file.slice(0, slash));
      if (owner !== undefined) return `${page.path} needs a folder that is a file of ${owner}`;
    }
  }
  return undefined;
}

/** Returns what is wrong with the files of a page: one does not map back to the page, or is at a forbidden place. */
function whyMisplaced(page: PagePath): string | undefined {
  for (const file of [...filesOf(page), ...filesWithIncludes(page)]) {
    if (pageOfFile(file)?.path !== page.path) return `${file} does not lead back to ${page.path}`;
    if (!isInside(ROOT, join(ROOT, file)) || normalize(file) !== file) return `${file} leads out of WEB_ROOT`;
    if (/(?:^|\/)\./.test(file)) return `${file} is hidden`;
  }
  for (const name of namesOf(page)) {
    if (name.length < MAX_COMPONENT_BYTES / 3) continue;
    const tooLong = name.split('/').find((component) => Buffer.byteLength(component) > MAX_COMPONENT_BYTES);
    if (tooLong !== undefined) return `${tooLong} is too long a name`;
  }
  for (const suffix of [...codingSuffixes, '.tmp']) {
    if (filesOf(page).some((file) => file.endsWith(suffix)))
      return `a file of ${page.path} ends in ${suffix}`;
  }
  return undefined;
}

function escapeUnicode(text: string): string {
  return wellFormed(text).replace(/[^\0-\x7f]+/gu, encodeURIComponent);
}

function escapeEverything(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

/** Replaces lone surrogates with U+FFFD. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
