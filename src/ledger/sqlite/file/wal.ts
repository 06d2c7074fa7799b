import { closeSync, fdatasync, openSync } from 'node:fs';

/** SQLite's log of what was committed and is not in its file yet. It is the same one as long as a connection is open. */
export class WriteAheadLog {
  readonly #descriptor: number;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(ledgerFile: string) {
    this.#descriptor = openSync(`${ledgerFile}-wal`, 'r+');
  }

  /**
   * Resolves when all that was committed before the call is on the disk. Not by SQLite's own `synchronous = FULL`, which stops
   * the thread and keeps the lock meanwhile. Those who ask while this is being done share the next time.
   */
  flush(): Promise<void> {
    if (this.#running === undefined) return this.#sync();
    const again = () => this.#sync();
    this.#next ??= this.#running.then(again, again);
    return this.#next;
  }

  /** After what is being done. Once: the number of a descriptor is soon that of another file. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    while (this.#running !== undefined || this.#next !== undefined)
      await (this.#next ?? this.#running)?.catch(() => undefined);
    try {
      closeSync(this.#descriptor);
    } catch {
      // The descriptor is gone all the same, and what had to be on the disk was waited for by those who asked.
    }
  }

  #sync(): Promise<void> {
    this.#next = undefined;
    const running = new Promise<void>((resolve, reject) => {
      fdatasync(this.#descriptor, (error) => (error === null ? resolve() : reject(error)));
    }).finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}
