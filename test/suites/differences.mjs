const NO_CACHE =
  'a page has Cache-Control: no-cache where the app says nothing, because copies in browsers cannot be deleted';
const HIT = 'the second request is a hit, whose ETag and Cache-Status are not those of the miss before it';

/** Express 5 and 4 share these tests. */
const express = {
  all: {
    'HEAD should output the same headers as GET requests': HIT,
    'express.static() cacheControl when false should not include Cache-Control': NO_CACHE,
    'express.static() cacheControl when false should ignore maxAge': NO_CACHE,
    'with "cacheControl" option when false should not send cache-control header': NO_CACHE,
    'with "maxAge" option when cacheControl: false should not send cache-control': NO_CACHE,
  },
};

/**
 * The tests of other suites that may fail with the middleware in front, with the reason: by suite, by which URLs become
 * pages, and by a part of the test's name.
 * @type {Readonly<Record<string, Readonly<Partial<Record<'none' | 'all', Readonly<Record<string, string>>>>>>>}
 */
export const differences = { express5: express, express4: express };
