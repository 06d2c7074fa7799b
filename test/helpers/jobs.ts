import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface Job {
  /** The URL of a module, and the function that it exports. */
  readonly module: string;
  readonly name: string;
  readonly words: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether both streams say that they are terminals, and of what width. */
  readonly isTerminal?: boolean;
  readonly columns?: number;
  /** That it does nothing with modules of its folder but read a configuration: they may have been loaded by an earlier job. */
  readonly sharesModules?: boolean;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Ends what one job has written, as no job writes it. */
const MARK = '\u0000end of job\u0000';
const script = fileURLToPath(new URL('jobs-process.mjs', import.meta.url));

/** A process that runs one job after another. A job that ends the process has its exit code; the next gets a new one. */
class JobsProcess {
  readonly #child: ChildProcess;
  /** Where modules of a job were loaded from, which Node would not load again when they have changed; and as they were then. */
  readonly #folders = new Map<string, Modules>();

  constructor() {
    this.#child = fork(script, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const part of [this.#child, this.#child.stdout, this.#child.stderr, this.#child.channel])
      (part as { unref?: () => void }).unref?.();
  }

  isFreshFor({ folder, sharesModules = false }: Job): boolean {
    const hasEnded = this.#child.exitCode !== null || this.#child.signalCode !== null;
    if (hasEnded || !this.#child.connected) return false;
    const loaded = this.#folders.get(folder);
    return loaded === undefined || (sharesModules && isUnchanged(loaded, modulesIn(folder)));
  }

  async run(job: Job): Promise<Outcome> {
    const modules = modulesIn(job.folder);
    if (modules.size > 0) this.#folders.set(job.folder, modules);
    const { stdout, stderr } = this.#child;
    const ended = new AbortController();
    const { signal } = ended;
    const code = Promise.race([
      once(this.#child, 'message', { signal }).then(([told]) => Number(told.code)),
      once(this.#child, 'close', { signal }).then(([code]) => code as number | null),
    ]);
    this.#child.send({ ...job, mark: MARK });
    const [wrote, told] = await Promise.all([untilMark(stdout), untilMark(stderr)]);
    const outcome = { code: await code, stdout: wrote, stderr: told };
    ended.abort();
    return outcome;
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}

/** When each was written. */
type Modules = ReadonlyMap<string, number>;

function modulesIn(folder: string): Modules {
  const names = readdirSync(folder).filter((name) => /\.[cm]?[jt]s$/.test(name));
  return new Map(names.map((name) => [name, statSync(join(folder, name)).mtimeMs]));
}

/** There may be more of them. */
function isUnchanged(before: Modules, now: Modules): boolean {
  return [...before].every(([name, written]) => now.get(name) === written);
}

async function untilMark(stream: Readable | null): Promise<string> {
  if (stream === null) throw new Error('Expected a pipe');
  const parts: Buffer[] = [];
  let text = '';
  return await new Promise((resolve) => {
    const end = () => {
      stream.off('data', take).off('end', end);
      resolve(text.replace(MARK, ''));
    };
    const take = (part: Buffer) => {
      parts.push(part);
      text = Buffer.concat(parts).toString();
      if (text.endsWith(MARK)) end();
    };
    stream.on('data', take).on('end', end);
  });
}

let current: JobsProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Runs a job when those before it have ended. */
export async function runJob(job: Job): Promise<Outcome> {
  const outcome = last.then(async () => {
    if (current?.isFreshFor(job) !== true) {
      current?.stop();
      current = new JobsProcess();
    }
    return await current.run(job);
  });
  last = outcome.catch(() => undefined);
  return await outcome;
}
