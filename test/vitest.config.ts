import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { PATIENCE_MS } from './helpers/patience.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What begins first: the longest, so that none of it is left when the others have ended. The rest as vitest has it. */
const LONGEST = [
  ...['cli/commands/doctor', 'protocol/faults', 'cli/commands/delete', 'track/prisma', 'track/sequelize'],
  ...[
    'cli/commands/list',
    'track/typeorm',
    'track/postgres',
    'e2e',
    'export/blog',
    'protocol',
    'docs/blocks',
  ],
  ...['differential', 'front/nginx/fuzz', 'cli', 'deploy', 'ledger', 'publish', 'integration'],
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => rank(one.moduleId) - rank(other.moduleId));
  }
}

function rank(file: string): number {
  const name = relative(`${root}test`, file);
  const index = LONGEST.findIndex((beginning) => name.startsWith(beginning));
  return index === -1 ? LONGEST.length : index;
}

export default defineConfig({
  root,
  test: {
    include: ['test/**/*.test.ts'],
    // Applications are installed by the script that tests them.
    exclude: [
      'test/bench/suites/**',
      'test/.artefacts/**',
      ...(process.env.STATICGENERATOR_APP === undefined ? ['test/apps/**'] : []),
    ],
    setupFiles: ['test/helpers/threads.ts'],
    // Processes, as many tests start some, change directory or count descriptors.
    pool: 'forks',
    // One more than there are cores, since most tests wait for other processes.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: PATIENCE_MS } },
    // What a command under test prints is compared as text.
    env: { NO_COLOR: '1' },
  },
});
