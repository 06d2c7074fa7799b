import { type FSWatcher, watch } from 'node:fs';
import { basename } from 'node:path';

export interface FolderEventsParts {
  /** With the name of what changed in the folder; undefined: anything may have. */
  readonly onEvent: (folder: string, name: string | undefined) => void;
  readonly onFault: (folder: string, error: unknown) => void;
  /** Whether watching alone keeps the process from ending. */
  readonly keepsAlive: boolean;
}

/** The folders that the system tells changes of, each as it was when it was added: by its file, not by its name. */
export class FolderEvents {
  readonly #parts: FolderEventsParts;
  readonly #watched = new Map<string, { readonly identity: string; readonly watcher: FSWatcher }>();

  constructor(parts: FolderEventsParts) {
    this.#parts = parts;
  }

  get folders(): Iterable<string> {
    return this.#watched.keys();
  }

  /** What the system refuses is a fault, and the folder is without events. */
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
   * A folder that is removed or moved away tells of itself by its own name. The one that has its name by now may even have its
   * number, so it has to be added again.
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
