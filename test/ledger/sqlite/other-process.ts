import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { PATIENCE_MS } from '../../helpers/patience.js';

/** Another process of the site, with the ledger of its WEB_ROOT open. */
export class OtherProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when it has opened the ledger. */
  static async start(webRoot: string): Promise<OtherProcess> {
    const script = fileURLToPath(new URL('ledger-process.mjs', import.meta.url));
    // The tags of a page are a set, which JSON has not.
    const child = fork(script, [webRoot], { serialization: 'advanced' });
    const other = new OtherProcess(child);
    onTestFinished(() => other.kill());
    await other.#answer();
    return other;
  }

  /** Has an action of ledger-process.mjs done; rejects with what it threw. */
  async do(action: string, fields: object = {}): Promise<unknown> {
    const answer = this.#answer();
    this.#child.send({ action, ...fields });
    return await answer;
  }

  /** As `kill -9` does: nothing is finished, nothing is told. */
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
