import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DriverProcess } from '../../databases/other-driver.js';
import { PATIENCE_MS } from '../../patience.js';

/** How an operation ended in the other process. */
export interface Ending {
  readonly value?: unknown;
  readonly error?: { readonly code?: string; readonly message: string };
}

/** The outcome of an operation that met a fault. */
export interface Meeting extends Ending {
  /** The calls that it made, including the failed one. */
  readonly calls: readonly string[];
  /** The outcome of the same operation when it was repeated, if it failed. */
  readonly again?: Ending;
}

export const operations = ['publish', 'visit', 'delete by path', 'delete by glob', 'delete by tag'] as const;
export type Operation = (typeof operations)[number];

/** A fault at the `at`-th call. `kind` is `SIGKILL`, or the code of an error. */
export interface Fault {
  readonly at: number;
  /** Counts only calls of this name, because on a slow machine a site's periodic work comes between the other calls. */
  readonly name?: string;
  readonly kind: string;
}

interface Reply {
  readonly id: number;
  readonly value?: Meeting;
  readonly error?: { readonly message: string };
}

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A process that meets faults: see process.mjs. */
export class FaultProcess {
  readonly #child: ChildProcess;
  #commands = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(driver: Partial<DriverProcess> = {}): Promise<FaultProcess> {
    const child = fork(pathOf('process.mjs'), {
      execArgv: ['--import', new URL('preload.mjs', import.meta.url).href],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      ...driver,
    });
    await once(child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return new FaultProcess(child);
  }

  /** Stores pages of the first version. */
  async prepare(webRoot: string, paths: readonly string[]): Promise<void> {
    await this.#ask('prepare', { webRoot, paths });
  }

  /**
   * Does an operation after the data has changed to the second version. Returns undefined if the process was killed.
   */
  async meet(webRoot: string, operation: Operation, fault: Fault): Promise<Meeting | undefined> {
    return await this.#ask('meet', { webRoot, operation, fault });
  }

  async stop(): Promise<void> {
    if (this.#hasEnded()) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #ask(command: string, fields: object): Promise<Meeting | undefined> {
    this.#commands += 1;
    const id = this.#commands;
    const reply = new Promise<Reply | undefined>((resolve) => {
      const listen = (message: unknown) => {
        this.#child.off('exit', died);
        resolve(message as Reply);
      };
      const died = () => {
        this.#child.off('message', listen);
        resolve(undefined);
      };
      this.#child.once('message', listen).once('exit', died);
    });
    this.#child.send({ id, command, ...fields });
    const answer = await reply;
    if (answer?.error !== undefined) throw new Error(`${command} failed: ${answer.error.message}`);
    return answer?.value;
  }
}
