import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**'],
    setupFiles: ['test/helpers/threads.ts'],
    // Processes, as many tests start some, change directory or count descriptors.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What a command under test prints is compared as text.
    env: { NO_COLOR: '1' },
  },
});
