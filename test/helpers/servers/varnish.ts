import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PATIENCE_MS } from '../patience.js';
import { acceptsConnections, freePort } from './ports.js';

const RECORD = new URL('../../../node_modules/.cache/staticgenerator/varnish.json', import.meta.url);

/**
 * The Varnish that `.dev/prepare.mjs` found. `undefined` if there is none: the script reports that, and the tests are
 * skipped.
 */
export const installedVarnish: string | undefined = existsSync(RECORD)
  ? (JSON.parse(readFileSync(RECORD, 'utf8')) as { readonly varnish: string }).varnish
  : undefined;

export interface RunningVarnish {
  readonly port: number;
  /** Stops it. Its content is lost. */
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
// A test that fails before its cleanup must not leave a Varnish behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts Varnish with a VCL, on the given port or a free one. Resolves when it accepts connections. */
export async function startVarnish(vcl: string, given?: number): Promise<RunningVarnish> {
  const program = installedVarnish;
  if (program === undefined) throw new Error('There is no Varnish; run node .dev/prepare.mjs test');
  const folder = await mkdtemp(join(tmpdir(), 'varnish-'));
  const file = join(folder, 'site.vcl');
  await writeFile(file, vcl);
  const port = given ?? (await freePort());
  const child = spawn(
    program,
    [
      ...['-F', '-n', join(folder, 'state'), '-a', `127.0.0.1:${port}`, '-f', file, '-j', 'none'],
      ...['-s', 'malloc,16m', '-p', 'shortlived=0', '-p', 'timeout_idle=600', ...modulesOf(program)],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  running.add(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  await accepts(port, child, () => said);
  return {
    port,
    stop: async () => {
      running.delete(child);
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        await exited;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Returns the option with the folder of the modules, for a Varnish that was unpacked and not installed. */
function modulesOf(program: string): readonly string[] {
  const libraries = join(dirname(program), 'usr/lib');
  if (!existsSync(libraries)) return [];
  const folders = readdirSync(libraries).map((name) => join(libraries, name, 'varnish/vmods'));
  const found = folders.find((folder) => existsSync(folder));
  return found === undefined ? [] : ['-p', `vmod_path=${found}`];
}

async function accepts(port: number, child: ChildProcess, said: () => string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`Varnish has ended: ${said()}`);
    if (Date.now() > deadline) throw new Error(`Varnish accepts no connections: ${said()}`);
    if (await acceptsConnections(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
