/**
 * The suites of Express and of the middleware that sites use with it. They are in no npm package. So they come from the
 * folder STATICGENERATOR_SUITES, which has one checkout for each, or from a clone.
 * @typedef {{
 *   readonly repository: string,
 *   readonly tag: string,
 *   readonly mocha: readonly string[],
 *   readonly before?: readonly string[]
 * }} Suite
 * @type {Readonly<Record<string, Suite>>}
 */
export const suites = {
  express5: {
    repository: 'expressjs/express',
    tag: 'v5.2.1',
    mocha: ['--require', 'test/support/env', '--check-leaks', 'test/', 'test/acceptance/'],
  },
  express4: {
    repository: 'expressjs/express',
    tag: 'v4.22.2',
    mocha: ['--require', 'test/support/env', '--check-leaks', 'test/', 'test/acceptance/'],
  },
  compression: { repository: 'expressjs/compression', tag: 'v1.8.1', mocha: ['--check-leaks'] },
  cors: { repository: 'expressjs/cors', tag: 'v2.8.6', mocha: ['--require', './test/support/env'] },
  session: {
    repository: 'expressjs/session',
    tag: 'v1.19.0',
    mocha: ['--require', 'test/support/env', '--check-leaks', 'test/'],
    before: ['./test/support/gencert.sh'],
  },
  'cookie-session': {
    repository: 'expressjs/cookie-session',
    tag: 'v2.1.1',
    mocha: ['--check-leaks', 'test/'],
  },
  'body-parser': { repository: 'expressjs/body-parser', tag: 'v2.3.0', mocha: ['--check-leaks', 'test/'] },
  finalhandler: { repository: 'pillarjs/finalhandler', tag: 'v2.1.1', mocha: ['--check-leaks', 'test/'] },
  morgan: { repository: 'expressjs/morgan', tag: '1.10.1', mocha: ['--check-leaks'] },
};
