import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { PATIENCE_MS } from '../../helpers/patience.js';

/** Another process of the site, which has opened the ledger of its WEB_ROOT. */
export class OtherProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts the process. Resolves when it has opened the ledger. */
  static async start(webRoot: string): Promise<OtherProcess> {
    const script = fileURLToPath(new URL('ledger-process.mjs', import.meta.url));
    // The tags of a page are a Set, which JSON cannot represent.
    const child = fork(script, [webRoot], { serialization: 'advanced' });
    const other = new OtherProcess(child);
    onTestFinished(() => other.kill());
    await other.#answer();
    return other;
  }

  /** Runs an action of ledger-process.mjs. Rejects with the error that it threw. */
  async do(action: string, fields: object = {}): Promise<unknown> {
    const answer = this.#answer();
    this.#child.send({ action, ...fields });
    return await answer;
  }

  /** Kills the process as `kill -9` does: it finishes nothing and reports nothing. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  async #answer(): Promise<unknown> {
    const [message] = await once(this.#child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
    const { result, error } = message as { readonly result?: unknown; readonly error?: string };
    if (error !== undefined) throw new Error(error);
    return result;
  }
}
