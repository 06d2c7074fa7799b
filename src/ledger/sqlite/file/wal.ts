import { closeSync, fdatasync, openSync } from 'node:fs';

/**
 * SQLite's log of what was committed but is not in the database yet. It is the same file while a connection is open.
 */
export class WriteAheadLog {
  readonly #descriptor: number;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(ledgerFile: string) {
    this.#descriptor = openSync(`${ledgerFile}-wal`, 'r+');
  }

  /**
   * Resolves when everything that was committed before the call is on the disk. Does not use SQLite's own setting
   * `synchronous=FULL`, which blocks the thread and keeps the lock meanwhile. Callers that come while this runs share
   * the next run.
   */
  flush(): Promise<void> {
    if (this.#running === undefined) return this.#sync();
    const again = () => this.#sync();
    this.#next ??= this.#running.then(again, again);
    return this.#next;
  }

  /** Closes the file after running flushes, and only once: the number of a descriptor is soon that of another file. */
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
      // The descriptor is gone in any case, and callers have waited for what had to be on the disk.
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
