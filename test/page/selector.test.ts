import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bareName, parsePagePath } from '../../src/page/layout.js';
import {
  compileSelector,
  describeSelector,
  literalPrefix,
  type Selectable,
  type Selector,
} from '../../src/page/selector.js';
import { effort } from '../helpers/effort.js';
import { parseTarget } from '../helpers/selectors.js';

/** Returns a stored page as a selector sees it. */
function pageAt(
  path: string,
  { host = '', tags = [] }: { host?: string; tags?: readonly string[] } = {},
): Selectable {
  return { host, path, decoded: decodeURIComponent(path), tags: new Set(tags) };
}

function names(target: string, path: string): boolean {
  return compileSelector(parseTarget(target))(pageAt(path));
}

describe('a path', () => {
  test('names both its forms, with and without the trailing slash', () => {
    for (const target of ['/blog', '/blog/']) {
      expect(names(target, '/blog')).toBe(true);
      expect(names(target, '/blog/')).toBe(true);
      for (const other of ['/', '/blogs', '/blog/a', '/blo', '/Blog', '/blog.html', '/x/blog']) {
        expect(names(target, other)).toBe(false);
      }
    }
    expect(names('/', '/')).toBe(true);
    expect(names('/', '/a')).toBe(false);
  });

  test('names its page on every host', () => {
    const matches = compileSelector(parseTarget('/blog'));
    expect(['', 'a.example', 'b.example'].map((host) => matches(pageAt('/blog', { host })))).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('names a page by its escaped and by its raw spelling', () => {
    for (const target of ['/café', '/caf%C3%A9', '/caf%c3%A9', '/c%61fé/'])
      expect(names(target, '/caf%C3%A9')).toBe(true);
  });
});

describe('a path on a host', () => {
  test('narrows to its host, where pages have one', () => {
    const matches = compileSelector({ kind: 'path', value: '/blog', host: 'a.example' });
    expect(matches(pageAt('/blog', { host: 'a.example' }))).toBe(true);
    expect(matches(pageAt('/blog/', { host: 'a.example' }))).toBe(true);
    expect(matches(pageAt('/blog', { host: 'b.example' }))).toBe(false);
    expect(matches(pageAt('/blog', { host: '' }))).toBe(true);
    expect(matches(pageAt('/blogs', { host: 'a.example' }))).toBe(false);
  });
});

describe('a glob', () => {
  const cases: [string, { yes: string[]; no: string[] }][] = [
    ['/*', { yes: ['/a', '/a/', '/a.b', '/caf%C3%A9', '/%F0%9F%98%80'], no: ['/', '/a/b', '/a/b/'] }],
    ['/**', { yes: ['/', '/a', '/a/', '/a/b', '/a/b/c/', '/a.html'], no: [] }],
    [
      '/posts/*',
      { yes: ['/posts/a', '/posts/a/'], no: ['/posts', '/posts/', '/posts/a/b', '/post/a', '/x/posts/a'] },
    ],
    [
      '/posts/**',
      { yes: ['/posts', '/posts/', '/posts/a', '/posts/a/b/'], no: ['/postsx', '/postsx/a', '/'] },
    ],
    ['/posts/*/', { yes: ['/posts/a', '/posts/a/'], no: ['/posts', '/posts/', '/posts/a/b'] }],
    ['/posts/**/', { yes: ['/posts', '/posts/', '/posts/a', '/posts/a/b/'], no: ['/postsx'] }],
    ['/{a/,b/}', { yes: ['/a', '/a/', '/b', '/b/'], no: ['/', '/c'] }],
    ['/**/x', { yes: ['/x', '/x/', '/a/x', '/a/b/x/'], no: ['/xx', '/a/xx', '/x/a'] }],
    ['/a/**/b', { yes: ['/a/b', '/a/x/b', '/a/x/y/b/'], no: ['/ab', '/a/bb', '/a', '/a/b/c'] }],
    ['/*/b/*', { yes: ['/a/b/c'], no: ['/b/c', '/a/b', '/a/x/b/c'] }],
    ['/posts-*', { yes: ['/posts-', '/posts-1', '/posts-1/'], no: ['/posts', '/posts-1/2'] }],
    ['/*.html', { yes: ['/a.html'], no: ['/a/b.html', '/axhtml', '/a.html.b'] }],
    ['/**/*.html', { yes: ['/a.html', '/a/b.html'], no: ['/a'] }],
    ['/a[bc]d', { yes: ['/abd', '/acd'], no: ['/ad', '/abcd', '/aBd'] }],
    ['/a[b-d]', { yes: ['/ab', '/ac', '/ad/'], no: ['/aa', '/a-', '/ae'] }],
    ['/a[!b]', { yes: ['/aa', '/a!'], no: ['/ab', '/a', '/a/b', '/a/'] }],
    ['/a[^b]', { yes: ['/aa'], no: ['/ab', '/a'] }],
    ['/a[é]', { yes: ['/a%C3%A9'], no: ['/ae'] }],
    ['/x[.]y*', { yes: ['/x.y'], no: ['/xyy'] }],
    ['/x[$+]', { yes: ['/x$', '/x+'], no: ['/x', '/x\\'] }],
    ['/{a,b}', { yes: ['/a', '/b', '/b/'], no: ['/ab', '/c', '/a,b'] }],
    ['/page{,s}/x', { yes: ['/page/x', '/pages/x'], no: ['/page', '/pagess/x'] }],
    ['/{a,{b,c}d}', { yes: ['/a', '/bd', '/cd'], no: ['/b', '/ad'] }],
    ['/{a/b,c}/d', { yes: ['/a/b/d', '/c/d'], no: ['/a/d', '/b/d'] }],
    ['/{a.b,c}', { yes: ['/a.b', '/c'], no: ['/axb'] }],
    // All other characters match themselves.
    ['/Foo_(*)', { yes: ['/Foo_(bar)', '/Foo_()'], no: ['/Foo_bar', '/Foo_'] }],
    ['/x(a|b)*', { yes: [], no: ['/xa', '/xb'] }],
    ['/+(a)*', { yes: ['/+(a)', '/+(a)b'], no: ['/a', '/aa'] }],
    ['/@(a)*', { yes: ['/@(a)'], no: ['/a'] }],
    ['/!(a)*', { yes: ['/!(a)'], no: ['/b', '/a'] }],
    ['/*(a)', { yes: ['/x(a)', '/(a)'], no: ['/a', '/aa', '/'] }],
    ['/v1.*', { yes: ['/v1.2', '/v1.'], no: ['/v1x2', '/v1'] }],
    ['/a+b*', { yes: ['/a+b', '/a+bc'], no: ['/aab', '/ab'] }],
    ['/@*', { yes: ['/@user'], no: ['/user'] }],
    ['/$*', { yes: ['/$x'], no: ['/x'] }],
    ['/!*', { yes: ['/!x'], no: ['/x'] }],
    ["/a'*", { yes: ["/a'x"], no: ['/ax'] }],
    ['/a,b*', { yes: ['/a,b', '/a,bc'], no: ['/a', '/bc'] }],
    ['/~a*', { yes: ['/~ab'], no: ['/ab'] }],
    ['/a:*=&-_', { yes: ['/a:x=&-_'], no: ['/a:x'] }],
    ['/café*', { yes: ['/caf%C3%A9', '/caf%C3%A9s'], no: ['/cafe'] }],
    ['/😀*', { yes: ['/%F0%9F%98%80', '/%F0%9F%98%80a'], no: ['/%F0%9F%98%81'] }],
    ['/POSTS/*', { yes: ['/POSTS/a'], no: ['/posts/a'] }],
  ];

  test.each(cases)('%s matches what it should, and nothing else', (glob, { yes, no }) => {
    expect(yes.filter((path) => !names(glob, path))).toEqual([]);
    expect(no.filter((path) => names(glob, path))).toEqual([]);
  });

  test('names pages on every host', () => {
    const matches = compileSelector(parseTarget('/a*'));
    expect(matches(pageAt('/ab', { host: 'a.example' }))).toBe(true);
  });
});

describe('generated globs', () => {
  const words = [
    'a',
    'b',
    'ab',
    'posts',
    '1',
    'v1.2',
    '(a)',
    'a+b',
    '@a',
    '!b',
    '$',
    'é',
    "a'b",
    'a,b',
    '~',
    '-',
    'a=b&c',
    '😀',
  ];
  const word = fc.constantFrom(...words);
  const braceWord = fc.constantFrom(...words.filter((one) => !one.includes(',')), '');
  const braces = fc.array(braceWord, { minLength: 2, maxLength: 3 }).map((parts) => `{${parts.join(',')}}`);
  const classes = fc.constantFrom('[ab]', '[!a]', '[^é]', '[a-c]', '[+.$]', '[1-3]');
  const piece = fc.oneof(word, word, fc.constant('*'), braces, classes);
  const globSegment = fc.oneof(
    fc.constantFrom('*', '**'),
    fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join('')),
  );
  const glob = fc
    .tuple(fc.array(globSegment, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([segments, slash]) => `/${segments.join('/')}${slash ? '/' : ''}`)
    // Left out: `**` next to other characters, `*` next to an empty alternative, and empty parts. They can be read in
    // several ways.
    .filter((pattern) => /[*[{]/.test(pattern) && !/\*\*[^/]|[^/]\*\*/.test(pattern))
    .filter((pattern) => !pattern.split('/').some((part) => part.includes('*') && /[{,][,}]/.test(part)))
    .filter((pattern) => expandBraces(pattern).every((one) => !one.includes('//')));
  const path = fc
    .tuple(
      fc.array(
        fc.array(word, { minLength: 1, maxLength: 2 }).map((parts) => parts.join('')),
        { maxLength: 4 },
      ),
      fc.boolean(),
    )
    .map(([segments, slash]) => encodeURI(`/${segments.join('/')}${slash && segments.length > 0 ? '/' : ''}`))
    .filter((written) => parsePagePath(written) !== undefined);

  test('match what a plain reading of them matches', () => {
    let matched = 0;
    fc.assert(
      fc.property(glob, fc.array(path, { minLength: 1, maxLength: 8 }), (pattern, paths) => {
        const matches = compileSelector(parseTarget(pattern));
        for (const one of paths) {
          const expected = readsAs(pattern, decodeURIComponent(one));
          if (expected) matched += 1;
          expect([one, matches(pageAt(one))]).toEqual([one, expected]);
        }
      }),
      { numRuns: effort({ usual: 800, long: 3_000 }) },
    );
    expect(matched).toBeGreaterThan(300);
  });

  test('match only pages whose name begins with their literal prefix', () => {
    fc.assert(
      fc.property(glob, path, (pattern, one) => {
        if (!names(pattern, one)) return;
        const prefix = encodeURI(literalPrefix(pattern));
        expect(bareName(one) === '/' ? '' : bareName(one)).toSatisfy(
          (name: string) => name >= prefix && name < `${prefix}\u007f`,
        );
      }),
      { numRuns: effort({ usual: 600, long: 2_000 }) },
    );
  });
});

describe('the literal prefix', () => {
  test.each([
    ['/**', ''],
    ['/*', ''],
    ['/post*', ''],
    ['/posts/*', '/posts'],
    ['/posts/**', '/posts'],
    ['/posts/2024-*', '/posts'],
    ['/a/b/{c,d}/e', '/a/b'],
    ['/a/b[cd]', '/a'],
    ['/é/*', '/é'],
  ])('of %s is %j', (pattern, prefix) => {
    expect(literalPrefix(pattern)).toBe(prefix);
  });
});

describe('a tag', () => {
  test('names the pages that have it, exactly', () => {
    const matches = compileSelector({ kind: 'tag', value: 'post:4' });
    expect(matches(pageAt('/a', { tags: ['post:3', 'post:4'] }))).toBe(true);
    expect(matches(pageAt('/a', { tags: ['post:42', 'Post:4', 'post'] }))).toBe(false);
    expect(matches(pageAt('/post:4'))).toBe(false);
  });
});

test('everything is every page', () => {
  const matches = compileSelector({ kind: 'all' });
  expect([matches(pageAt('/')), matches(pageAt('/a', { host: 'a.example', tags: ['x'] }))]).toEqual([
    true,
    true,
  ]);
});

test.each<[Selector, string]>([
  [{ kind: 'path', value: '/a' }, '/a'],
  [{ kind: 'path', value: '/a', host: 'a.example' }, '//a.example/a'],
  [{ kind: 'glob', value: '/a/*' }, '/a/*'],
  [{ kind: 'tag', value: 'post:1' }, 'tag post:1'],
  [{ kind: 'all' }, 'everything'],
])('%j reads as %j', (selector, text) => {
  expect(describeSelector(selector)).toBe(text);
});

/** Whether a glob matches, computed in another way: expands the braces, then compares part by part. */
function readsAs(glob: string, decoded: string): boolean {
  const bare = bareName(decoded);
  const forms = bare === '/' ? ['/'] : [bare, `${bare}/`];
  const patterns = expandBraces(glob).map((pattern) => pattern.split('/'));
  return forms.some((form) => patterns.some((pattern) => partsMatch(pattern, form.split('/'))));
}

function expandBraces(glob: string): string[] {
  const braces = /\{([^{}]*)\}/.exec(glob);
  if (braces === null) return [glob];
  const [all, inner = ''] = braces;
  return inner
    .split(',')
    .flatMap((one) =>
      expandBraces(glob.slice(0, braces.index) + one + glob.slice(braces.index + all.length)),
    );
}

function partsMatch([pattern, ...patterns]: readonly string[], parts: readonly string[]): boolean {
  if (pattern === undefined) return parts.length === 0;
  if (pattern === '**')
    return parts.some((_, index) => partsMatch(patterns, parts.slice(index))) || partsMatch(patterns, []);
  const [part, ...rest] = parts;
  return part !== undefined && partMatches(pattern, part) && partsMatch(patterns, rest);
}

/** Whether one part matches. A class matches one UTF-16 unit, as in a regular expression without the flag `u`. */
function partMatches(pattern: string, part: string): boolean {
  if (pattern === '*') return part !== '';
  const source = pattern.replace(/\[[!^]?[^\]]+\]|\*|[^*[]/g, (token) => {
    if (token === '*') return '.*';
    return token.startsWith('[')
      ? token.replace('[!', '[^')
      : `\\u${token.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return new RegExp(`^${source}$`).test(part);
}
