import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface Job {
  /** The URL of a module, and the function that it exports. */
  readonly module: string;
  readonly name: string;
  readonly words: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the streams say that they are terminals, and their width. */
  readonly isTerminal?: boolean;
  readonly columns?: number;
  /** The text on standard input. Default: empty. */
  readonly input?: string;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Marks the end of a job's output. No job writes it. */
const MARK = '\u0000end of job\u0000';
const script = fileURLToPath(new URL('jobs-process.mjs', import.meta.url));

/**
 * A process that runs one job after another. If a job ends the process, the process's exit code is the job's, and the
 * next job gets a new process.
 */
class JobsProcess {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(script, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const part of [this.#child, this.#child.stdout, this.#child.stderr, this.#child.channel])
      (part as { unref?: () => void }).unref?.();
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || !this.#child.connected;
  }

  async run(job: Job): Promise<Outcome> {
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

/** Runs a job after all earlier jobs have ended. */
export async function runJob(job: Job): Promise<Outcome> {
  const outcome = last.then(async () => {
    if (current?.hasEnded !== false) current = new JobsProcess();
    return await current.run(job);
  });
  last = outcome.catch(() => undefined);
  return await outcome;
}
