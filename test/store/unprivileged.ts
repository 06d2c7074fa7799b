import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { PATIENCE_MS } from '../helpers/patience.js';
import { temporaryFolder } from '../helpers/temporary.js';

/** The outcome of an action: its result, or the codes of the error that it threw. */
export interface Outcome {
  readonly result?: unknown;
  readonly code?: string;
  readonly cause?: string;
}

/** The ids of nobody and nogroup on almost every system. */
const NOBODY = 65_534;

const isRoot = process.getuid?.() === 0;

/**
 * A process without root's rights, because the modes of files do not restrict root. If the tests themselves run without
 * these rights, the process has the same user. It runs as long as the tests of the file that created it.
 */
export class UnprivilegedProcess {
  #child: ChildProcess | undefined;

  /** With `maxFileBlocks`, its files can have at most this many blocks of 512 bytes. Writing more fails. */
  constructor({ maxFileBlocks }: { readonly maxFileBlocks?: number } = {}) {
    beforeAll(() => {
      const script = fileURLToPath(new URL('unprivileged-process.mjs', import.meta.url));
      const limit = maxFileBlocks === undefined ? '' : `ulimit -f ${maxFileBlocks};`;
      this.#child = spawn('sh', ['-c', `${limit} exec "$@"`, 'sh', process.execPath, script], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
      });
    });
    afterAll(async () => {
      const child = this.#child;
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    });
  }

  /** Creates a folder that belongs to the process. It is removed when the test has finished. */
  async folder(): Promise<string> {
    const folder = await temporaryFolder();
    await chmod(folder, 0o755);
    if (isRoot) await chown(folder, NOBODY, NOBODY);
    return folder;
  }

  /** Runs an action of unprivileged-process.mjs. */
  async do(action: string, fields: object): Promise<Outcome> {
    if (this.#child === undefined) throw new Error('the process has not been started');
    const child = this.#child;
    const settled = new AbortController();
    const { signal } = settled;
    const ended = once(child, 'exit', { signal }).then(([code]) => {
      throw new Error(`The unprivileged process ended with ${code}: may its user read the sources?`);
    });
    const answered = once(child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
    try {
      child.send({ action, ...fields });
      const [outcome] = await Promise.race([answered, ended]);
      return outcome as Outcome;
    } finally {
      settled.abort();
      ended.catch(() => undefined);
    }
  }
}
