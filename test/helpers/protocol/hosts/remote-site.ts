import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Bounds } from '../../../../src/ledger/ledger.js';
import { PATIENCE_MS } from '../../patience.js';

export interface RemoteSiteOptions {
  readonly webRoot: string;
  /** The file with the number that pages are rendered from. */
  readonly versionFile: string;
  readonly port?: number;
  /** The bounds on the disk space of its pages. */
  readonly bounds?: Bounds;
  /** The user and group that it runs as, by number. Only root can set them. */
  readonly user?: { readonly user: number; readonly group: number };
}

/** A failed command, with the error of the other process. */
export class RemoteError extends Error {
  readonly code: string | undefined;

  constructor({ code, message }: { readonly code?: string; readonly message: string }) {
    super(message);
    this.code = code;
  }
}

export interface RemoteLine {
  readonly level: string;
  readonly message: string;
  readonly reason?: string;
  readonly fault?: string;
  readonly path?: string;
}

interface Reply {
  readonly id?: number;
  readonly listening?: number;
  readonly value?: unknown;
  readonly error?: { readonly code?: string; readonly message: string };
}

const script = fileURLToPath(new URL('remote-site.mjs', import.meta.url));

/** One process of a site: see remote-site.mjs. */
export class RemoteSite {
  readonly #child: ChildProcess;
  readonly #replies = new Map<number, (reply: Reply) => void>();
  #commands = 0;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    child.on('message', (message) => {
      const reply = message as Reply;
      if (reply.id !== undefined) this.#replies.get(reply.id)?.(reply);
    });
    child.once('exit', () => {
      for (const reply of this.#replies.values()) reply({ error: { message: 'The process has ended' } });
    });
  }

  /**
   * Starts the process. `execPath` and `execArgv` name another program that starts Node, for example a shell that
   * limits it.
   */
  static async start(
    options: RemoteSiteOptions,
    given: {
      readonly execPath?: string;
      readonly execArgv?: string[];
      readonly env?: NodeJS.ProcessEnv;
    } = {},
  ): Promise<RemoteSite> {
    const child = fork(script, [JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      ...given,
    });
    const [first] = (await once(child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) })) as [Reply];
    return new RemoteSite(child, first.listening ?? 0);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && !this.#child.killed;
  }

  async delete(...targets: readonly unknown[]): Promise<void> {
    await this.#ask('delete', { targets });
  }

  async publish(...targets: readonly unknown[]): Promise<void> {
    await this.#ask('publish', { targets });
  }

  /** Returns what it has logged since the last call. */
  async log(): Promise<readonly RemoteLine[]> {
    return (await this.#ask('log')) as readonly RemoteLine[];
  }

  async hog(): Promise<number> {
    return Number(await this.#ask('hog'));
  }

  async unhog(): Promise<void> {
    await this.#ask('unhog');
  }

  async stop(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    if (!this.isRunning) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exit;
  }

  async #ask(command: string, fields: object = {}): Promise<unknown> {
    this.#commands += 1;
    const id = this.#commands;
    const reply = await new Promise<Reply>((resolve) => {
      this.#replies.set(id, resolve);
      const ended = (error: Error | null) => {
        if (error !== null) resolve({ error: { message: error.message } });
      };
      this.#child.send({ id, command, ...fields }, ended);
    });
    this.#replies.delete(id);
    if (reply.error !== undefined) throw new RemoteError(reply.error);
    return reply.value;
  }
}
