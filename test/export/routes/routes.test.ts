import { describe, expect, test } from 'vitest';
import { StaticGeneratorError } from '../../../src/errors.js';
import { pagesOfRoute } from '../../../src/export/routes/pages.js';
import { type RouteOptions, Routes, readRoute } from '../../../src/export/routes/routes.js';

/** Returns the paths of a route's pages, with their files if they have one, and the messages of problems. */
async function pagesOf(path: string | RegExp, options: object = {}): Promise<string[]> {
  const pages: string[] = [];
  for await (const page of pagesOfRoute(readRoute({ path, options }))) {
    if (page instanceof StaticGeneratorError) pages.push(`${page.code}: ${page.message}`);
    else pages.push(page.file === undefined ? page.path : `${page.path} -> ${page.file}`);
  }
  return pages;
}

describe('the pages of a route', () => {
  test.each<[string, string | RegExp, object, string[]]>([
    ['without parameters', '/about', {}, ['/about']],
    ['of an empty array, where there is nothing to give', '/about', { params: [] }, ['/about']],
    ['of a function that gives nothing', '/about', { params: () => undefined }, ['/about']],
    ['of an array of strings', '/posts/:slug', { params: ['a', 'b'] }, ['/posts/a', '/posts/b']],
    ['of an empty array, where there is something to give', '/posts/:slug', { params: [] }, []],
    ['of an array of arrays', '/posts/:slug', { params: [['a']] }, ['/posts/a']],
    ['of several parameters', '/:year/:slug', { params: [[2024, 'a']] }, ['/2024/a']],
    ['of numbers', '/posts/:id', { params: [[12_345], { id: 67_890n }] }, ['/posts/12345', '/posts/67890']],
    ['of objects', '/:year/:slug', { params: [{ slug: 'a', year: '2024', more: 1 }] }, ['/2024/a']],
    ['of a set', '/posts/:slug', { params: new Set(['a']) }, ['/posts/a']],
    ['of an async function', '/posts/:slug', { params: async () => ['a'] }, ['/posts/a']],
    ['without its optional part', '/list{/page/:n}', {}, ['/list']],
    ['with and without it', '/list{/page/:n}', { params: [[], ['2']] }, ['/list', '/list/page/2']],
    [
      'with a wildcard',
      '/docs/*path',
      { params: [[['a', 'b']], { path: 'c/d' }] },
      ['/docs/a/b', '/docs/c/d'],
    ],
    [
      'with characters to escape',
      '/tags/:tag',
      { params: ['чай', 'c++', 'a b'] },
      ['/tags/%D1%87%D0%B0%D0%B9', '/tags/c++', '/tags/a%20b'],
    ],
    ['of a regular expression', /^\/posts\/(\d+)$/, { params: ['12'] }, ['/posts/12']],
    ['of several groups', /^\/(\d{4})\/([\w-]+)\/?$/, { params: [[2024, 'a']] }, ['/2024/a']],
    [
      'of named groups',
      /^\/(?<year>\d{4})\/(?<slug>[^/]+)$/,
      { params: [{ slug: 'a', year: 2024 }] },
      ['/2024/a'],
    ],
    ['of an optional group', /^\/list(?:\/page-(\d+))?$/, { params: [[], ['2']] }, ['/list', '/list/page-2']],
    [
      'of nested groups',
      /^\/((?:a|b)-(\d+))\/(\w+)[.]x$/,
      { params: [{ 0: 'a-1', 1: '1', 2: 'c' }] },
      ['/a-1/c.x'],
    ],
    [
      'of a regular expression with flags',
      /^\/POSTS\/(\d+)$/giu,
      { params: ['1', '2'] },
      ['/POSTS/1', '/POSTS/2'],
    ],
  ])('%s', async (_name, path, options, expected) => {
    expect(await pagesOf(path, options)).toEqual(expected);
  });

  test('of async iterables, generators and functions of them', async () => {
    async function* slugs() {
      yield { slug: 'a' };
      yield 'b';
    }
    for (const params of [slugs(), slugs])
      expect(await pagesOf('/posts/:slug', { params })).toEqual(['/posts/a', '/posts/b']);
    expect(await pagesOf('/posts/:slug', { params: ['a'].values() })).toEqual(['/posts/a']);
  });

  test('a function is told its route', async () => {
    const told: unknown[] = [];
    await pagesOf('/posts/:slug', { params: (route: string) => void told.push(route) });
    expect(told).toEqual(['/posts/:slug']);
  });

  test.each<[string, string | RegExp, object, string]>([
    ['by name', '/posts/:slug', { params: ['a'], file: 'posts/{slug}.html' }, '/posts/a -> posts/a.html'],
    ['by order', '/:year/:slug', { params: [[1, 'a']], file: '{}-{}.html' }, '/1/a -> 1-a.html'],
    ['by number', /^\/(\d)\/(\w)$/, { params: [[1, 'a']], file: '{1}/{0}' }, '/1/a -> a/1'],
    ['with braces', '/a', { file: '{{x}}.html' }, '/a -> {x}.html'],
    ['by wildcard', '/d/*path', { params: ['a/b'], file: '{path}.txt' }, '/d/a/b -> a/b.txt'],
  ])('their files, %s', async (_name, path, options, expected) => {
    expect(await pagesOf(path, options)).toEqual([expected]);
  });
});

describe('what is wrong with values names the route and what came', () => {
  test.each<[string, unknown, string]>([
    [
      'a text',
      'ab',
      "expected `params` to be an array or another iterable, or a function that returns one, got 'ab' (string)",
    ],
    ['a number', 1, 'got 1 (number)'],
    ['bytes', Buffer.from('a'), 'got <Buffer 61> (object)'],
    ['an object', { slug: 'a' }, "got { slug: 'a' } (object)"],
    ['another object', new Date(0), '(object)'],
    ['a function that gives a text', () => 'ab', "got 'ab' (string)"],
    [
      'a function that throws',
      () => {
        throw new Error('no database');
      },
      'its `params` function failed: no database',
    ],
    [
      'a function that rejects',
      async () => Promise.reject(new Error('no database')),
      'its `params` function failed: no database',
    ],
    [
      'a generator that throws',
      function* () {
        yield* [];
        throw new Error('lost');
      },
      'lost',
    ],
    [
      'a truth value in the list',
      [true],
      'expected each of its `params` to be a string, a number, an array or an object, got true (boolean)',
    ],
    ['a number that is none', [Number.NaN], 'or an object, got NaN (number)'],
    ['nothing in the list', [null], 'got null (null)'],
    ['an empty text', [''], "expected `slug` to be a text that is not empty, or a number, got '' (string)"],
    ['another name', [{ id: 1 }], 'expected `slug` to be a text that is not empty, or a number, got nothing'],
    ['too many values', [['a', 'b']], "expected values for `slug`, got [ 'a', 'b' ] (object)"],
    ['too few values', [[]], 'expected values for `slug`, got [] (object)'],
    ['nothing at all', () => undefined, 'expected values for `slug`, got [] (object)'],
  ])('%s', async (_name, params, message) => {
    const [problem = '', ...more] = await pagesOf('/posts/:slug', { params });
    expect(problem).toMatch(/^ERR_BAD_ROUTE: The route \/posts\/:slug cannot be exported: /);
    expect(problem).toContain(message);
    expect(more).toEqual([]);
  });

  test('and the other pages are given all the same', async () => {
    const pages = await pagesOf('/posts/:slug', { params: ['a', true, 'b'] });
    expect(pages).toEqual(['/posts/a', expect.stringContaining('got true (boolean)'), '/posts/b']);
  });

  test('but numbers are fine', async () => {
    expect(await pagesOf('/posts/:slug', { params: [1, 0, -2, 1.5, 12n] })).toEqual(
      ['1', '0', '-2', '1.5', '12'].map((name) => `/posts/${name}`),
    );
  });

  test.each<[RegExp, unknown, string]>([
    [/^\/posts\/(\d+)$/, 'a', 'these values make "/posts/a", which does not match it'],
    [/^\/(\w+)\/(.+)$/, ['a/b', 'c'], 'its group `0` catches "a", not "a/b"'],
    [/^\/posts\/(?<slug>\w+)$/, { id: 1 }, 'expected `slug`'],
  ])('of %s', async (path, values, message) => {
    expect((await pagesOf(path, { params: [values] })).join()).toContain(message);
  });
});

describe('a declaration is refused', () => {
  test.each<[string, unknown, unknown, string]>([
    [
      'for a path without a slash',
      'about',
      {},
      "expected `path` to be a path that starts with '/', or a regular expression, got 'about' (string)",
    ],
    ['for what is no path', 12, {}, 'got 12 (number)'],
    ['for a path of Express 4', '/posts/:slug?', {}, 'Unexpected ?'],
    ['for a parameter without values', '/posts/:slug', {}, 'its parameter `slug` needs values, in `params`'],
    [
      'for an unknown option',
      '/a',
      { param: [] },
      'unknown option `param`; the options are params, file, statuses, variants',
    ],
    ['for no options', '/a', 'x', "expected `options` to be an object, got 'x' (string)"],
    [
      'for a status that is none',
      '/a',
      { statuses: ['404'] },
      "expected `statuses` to be an array of statuses such as [200], got [ '404' ] (object)",
    ],
    ['for statuses that are no list', '/a', { statuses: 404 }, 'got 404 (number)'],
    ['for no status', '/a', { statuses: [] }, 'got [] (object)'],
    ['for a file that is no text', '/a', { file: () => 'a' }, 'expected `file` to be a text'],
    [
      'for an unknown parameter in its file',
      '/:a',
      { params: [], file: '{b}' },
      'its `file` names the parameter {b}, and it has a',
    ],
    [
      'for too many parameters in its file',
      '/a',
      { file: '{}' },
      'its `file` names the parameter {0}, and it has none',
    ],
    ['for a brace in its file', '/a', { file: 'a}' }, 'its `file` has a } that is not closed or opened'],
    ['for variants that are no choice', '/a', { variants: 'de' }, 'expected `variants` to be true or false'],
    ['for alternatives', /^\/(?:a|b)$/, {}, 'it has alternatives outside of groups'],
    [
      'for a class outside of groups',
      /^\/[a-z]+\/(\d)$/,
      { params: [] },
      '`[a-z]` outside of a capturing group stands for more than one text',
    ],
    ['for any character outside of groups', /^\/.+$/, {}, '`.` outside'],
    ['for a kind of character outside of groups', /^\/\d+$/, {}, '`\\d` outside'],
  ])('%s', (_name, path, options, message) => {
    expect(() => readRoute({ path, options })).toThrow(
      expect.objectContaining({ code: 'ERR_BAD_ROUTE', message: expect.stringContaining(message) }),
    );
  });

  test('when it is made, and not kept', () => {
    const routes = new Routes();
    expect(() => routes.declare('/posts/:slug')).toThrow('The route /posts/:slug cannot be exported');
    expect(() => routes.declare('/a', { statuses: [99] } satisfies RouteOptions)).toThrow('statuses');
    routes.declare('/b');
    expect(routes.declared()).toEqual([{ path: '/b', options: {} }]);
  });
});
