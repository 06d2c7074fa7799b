import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { PATIENCE_MS } from '../patience.js';

export interface Told {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** A script of `test/helpers` in its own process. Keeps the script's events until the test waits for them. */
export class TestProcess {
  readonly child: ChildProcess;
  readonly told: Told[] = [];

  /** With `lasts`, the process runs until the process of the tests exits, so that it serves one test after another. */
  constructor(script: string, argument: unknown, { lasts = false } = {}) {
    const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
    this.child = fork(path, [JSON.stringify(argument)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child.on('message', (message) => this.told.push(message as Told));
    if (lasts) {
      // The process exits when its channel closes.
      this.child.unref();
      (this.child.channel as unknown as { unref(): void }).unref();
    } else onTestFinished(() => this.kill());
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  /** Forgets the events so far, before another test. */
  forget(): void {
    this.told.length = 0;
  }

  command(command: string, fields: object = {}): void {
    this.child.send({ command, ...fields });
  }

  /** Returns the first event from index `from` on that fits. */
  async waitFor(event: string, fits: (told: Told) => boolean = () => true, from = 0): Promise<Told> {
    for (let index = from; ; index += 1) {
      if (index >= this.told.length)
        await once(this.child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
      const told = this.told[index];
      if (told?.event === event && fits(told)) return told;
    }
  }
}
