import { type FSWatcher, watch } from 'node:fs';
import { basename } from 'node:path';

export interface FolderEventsParts {
  /** Called with the name of what changed in the folder, or with `undefined` if anything may have changed. */
  readonly onEvent: (folder: string, name: string | undefined) => void;
  readonly onFault: (folder: string, error: unknown) => void;
  /** Whether watching alone keeps the process alive. */
  readonly keepsAlive: boolean;
}

/**
 * Folders whose changes the system reports. It watches the folder that was added, and not another one that takes its
 * name.
 */
export class FolderEvents {
  readonly #parts: FolderEventsParts;
  readonly #watched = new Map<string, { readonly identity: string; readonly watcher: FSWatcher }>();

  constructor(parts: FolderEventsParts) {
    this.#parts = parts;
  }

  get folders(): Iterable<string> {
    return this.#watched.keys();
  }

  /** If the system refuses, calls `onFault`, and the folder has no events. */
  add(folder: string, identity: string): void {
    if (this.#watched.get(folder)?.identity === identity) return;
    this.remove(folder);
    const { onFault, keepsAlive } = this.#parts;
    try {
      const watcher = watch(folder, { persistent: keepsAlive }, (_, name) => this.#pass(folder, name));
      watcher.on('error', (error) => {
        this.remove(folder);
        onFault(folder, error);
      });
      this.#watched.set(folder, { identity, watcher });
    } catch (error) {
      onFault(folder, error);
    }
  }

  /**
   * A folder that is removed or moved away reports itself by its own name. A new folder of that name may even have the
   * same inode number, so it must be added again.
   */
  #pass(folder: string, name: string | null): void {
    const isOwnName = name === basename(folder);
    if (isOwnName) this.remove(folder);
    this.#parts.onEvent(folder, isOwnName ? undefined : (name ?? undefined));
  }

  remove(folder: string): void {
    this.#watched.get(folder)?.watcher.close();
    this.#watched.delete(folder);
  }

  close(): void {
    for (const folder of [...this.#watched.keys()]) this.remove(folder);
  }
}
