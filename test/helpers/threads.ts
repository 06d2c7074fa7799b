// Set up before each test file: the sources run as they are written, and a thread needs its module as it is built.
import { existsSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import threads from 'node:worker_threads';

const root = new URL('../../', import.meta.url).href;

threads.Worker = class extends threads.Worker {
  constructor(module: string | URL, options?: threads.WorkerOptions) {
    super(builtModule(module), options);
  }
};
syncBuiltinESMExports();

function builtModule(module: string | URL): string | URL {
  const source = String(module);
  if (!source.startsWith(`${root}src/`)) return module;
  const built = new URL(source.slice(`${root}src/`.length), `${root}dist/`);
  if (!existsSync(fileURLToPath(built))) throw new Error(`${built.href} is missing: run npm run build first`);
  return built;
}
