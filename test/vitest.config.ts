import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type InlineConfig, type TestSpecification } from 'vitest/node';
import { PATIENCE_MS } from './helpers/patience.js';
import { builtSources } from './helpers/process/built-sources.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * The longest tests, which begin first in their project, so that none is still running when the others have ended. The
 * other tests keep vitest's order.
 */
const LONGEST = [
  ...[
    'docs/site',
    'cli/commands/doctor',
    'protocol/faults',
    'cli/commands/delete',
    'track/prisma',
    'track/sequelize',
  ],
  ...['track/kill', 'cluster', 'track/precision'],
  ...[
    'cli/commands/list',
    'track/typeorm',
    'track/postgres',
    'e2e',
    'export/blog',
    'protocol',
    'docs/blocks',
    'docs/recipes',
  ],
  ...['differential', 'front/nginx/fuzz', 'cli', 'deploy', 'ledger', 'publish', 'integration'],
];

/** Tests of adapters with their databases. */
const TRACK = [
  'track/{prisma,postgres,mysql,sqlite,sequelize,typeorm,fuzz,kill,context,snapshots,precision}/**',
  'track/{options,mysql-transactions,lost-answers,sql/mysql,catalogue/catalogue}*',
];

/**
 * Tests that start processes, servers or databases, or that try many seeds. They are too slow for the loop while you
 * write code.
 */
const SLOW = [
  ...['cli/commands/**', 'cli/{program,failures}*', 'cli/output/output*', 'differential/**', 'protocol/**'],
  ...[
    'e2e/**',
    'integration/**',
    'docs/{blocks,webhooks}*',
    'docs/recipes/**',
    'export/blog*',
    'front/{nginx,apache,caddy,servers}/**',
    'deploy/**',
  ],
  ...TRACK,
  'config-file*',
  ...[
    'ledger/sqlite/ledger*',
    'ledger/sqlite/file/**',
    'assets/{collect/faults,foreign/beside,parity}*',
    'cluster/**',
    'export/hosts*',
    'store/page-store*',
    'request/hostile*',
  ],
  ...[
    'apps/**',
    'islands/{browser,included}*',
    'operate/{hits/nginx,metrics/scrape}*',
    'package/**',
    'docs/{site,site-browser}',
  ],
  ...['change/{expire,quick-delete,targets/resolver}*', 'export/{log-changes,site,run}*'],
  ...['publish/{quick-publish,regenerate,verify/verify,warm/warm}*'],
];

/** Slow tests in groups whose other tests are quick. Most of them start a site for each test. */
const SLOW_BESIDE_QUICK = [
  ...[
    'operate/{api,dashboard}/**',
    'request/{queries,conditional,variants,unsafe,serve}*',
    'site/{queries,variants}*',
  ],
  ...[
    'assets/collect/{rewrite,names,collect}*',
    'assets/{serve/faults,foreign/send}*',
    'publish/render/handler*',
  ],
  ...[
    'ledger/sqlite/transactions*',
    'sqlite/open*',
    'store/web-root*',
    'change/room/evictor*',
    'islands/answer*',
  ],
  ...['cli/loaded*', 'task-thread*', 'docs/pictures*'],
];

/** The slow tests that leave nothing behind in their process. */
const SHARED = [
  ...['cli/commands/**', 'cli/{program,failures}*', 'cli/output/output*', 'config-file*', 'deploy/**'],
  ...['differential/**', 'front/{nginx,apache,caddy,servers}/**', 'request/hostile*', 'store/page-store*'],
  ...['change/{expire,quick-delete,targets/resolver}*', 'e2e/**'],
  'integration/{frameworks,middleware-stack,cluster,proxy,usual-middleware,adapters,forum}*',
  ...['ledger/sqlite/ledger*', 'ledger/sqlite/file/**', 'export/{blog,hosts,log-changes,site,run}*'],
  ...['assets/{collect/faults,foreign/beside,parity}*'],
  ...['publish/{quick-publish,regenerate,verify/verify,warm/warm}*'],
  ...[
    'cluster/**',
    'docs/{blocks,webhooks}*',
    'docs/recipes/**',
    'protocol/**',
    'islands/{browser,included}*',
  ],
  ...['operate/{hits/nginx,metrics/scrape}*', 'package/**', 'docs/{site,site-browser}'],
  ...TRACK,
];

/**
 * The projects run one after the other: vitest ends a process that files could share when the next file is of another
 * project. Quick tests come last, because none of them runs alone for long.
 */
const PROJECTS = ['slow', 'shared', 'quick'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => rank(one) - rank(other));
  }
}

function rank({ moduleId, project: { name } }: TestSpecification): number {
  const file = relative(`${root}test`, moduleId);
  const index = LONGEST.findIndex((beginning) => file.startsWith(beginning));
  return PROJECTS.indexOf(name) * 1000 + (index === -1 ? LONGEST.length : index);
}

const include = ['test/**/*.test.ts'];
// A separate script installs the applications and tests them.
const exclude = [
  'test/bench/suites/**',
  'test/.artefacts/**',
  ...(process.env.STATICGENERATOR_APP === undefined ? ['test/apps/**'] : []),
];
const filesOf = (tests: string) => `test/${tests.endsWith('**') ? `${tests}/*` : tests}.test.ts`;
const slow = [...SLOW, ...SLOW_BESIDE_QUICK].map(filesOf);
const shared = [...SHARED, ...SLOW_BESIDE_QUICK].map(filesOf);
const common = {
  // Processes, because many tests start processes, change the directory or count descriptors.
  pool: 'forks',
  // Longer than a test waits for one event, even on a machine that is busy with other things.
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: PATIENCE_MS } },
  // Tests compare the output of commands as text.
  env: { NO_COLOR: '1' },
  setupFiles: process.env.STATICGENERATOR_TIMES === undefined ? [] : ['test/helpers/process/cpu-times.ts'],
} as const satisfies InlineConfig;
const project = (test: InlineConfig) => ({ root, plugins: [builtSources()], test: { ...common, ...test } });

export default defineConfig({
  root,
  test: {
    // Quick tests change nothing that outlives them, so one process loads the sources once for many of them.
    projects: [
      project({ name: 'quick', include, exclude: [...exclude, ...slow], isolate: false }),
      project({ name: 'slow', include: slow, exclude: [...exclude, ...shared] }),
      project({ name: 'shared', include: shared, exclude, isolate: false }),
    ],
    // Runs once for all projects together.
    globalSetup: ['test/helpers/servers/server-broker.ts'],
    // More workers than cores, because most tests wait for other processes.
    maxWorkers: 2 * availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
  },
});
