/** The tests that `npm run test:long` runs at length, by the name of their suite. The command also runs the mutants. */
export const LONG_SUITES = {
  protocol: ['test/protocol'],
  track: ['test/track'],
  collect: ['test/assets/collect/faults', 'test/assets/parity'],
  fuzz: [
    ...['test/front/nginx', 'test/front/servers', 'test/front/linear', 'test/page'],
    ...[
      'test/request/hostile',
      'test/request/queries',
      'test/change/files/tree-watch',
      'test/change/targets/resolver',
      'test/islands',
      'test/operate/dashboard',
      'test/operate/api',
      'test/operate/hits',
    ],
  ],
  export: ['test/export/hosts', 'test/deploy/s3'],
  browser: ['test/e2e/browser', 'test/e2e/variants', 'test/docs/site-browser'],
  example: ['test/e2e/blog-start', 'test/export/blog'],
  docs: ['test/docs/blocks', 'test/docs/webhooks', 'test/docs/recipes'],
  package: ['test/package'],
  differential: ['test/differential'],
};

/** The tests that `npm run test:long` also runs with the other SQLite driver. */
export const WITH_OTHER_DRIVER = ['test/sqlite', 'test/ledger', 'test/protocol', 'test/cluster'];
