import { type Chain, chainOf } from './chain.js';
import { FolderEvents } from './folder-events.js';

export interface WaysParts {
  /** A path may lead elsewhere now, or the file that it leads to was written. */
  readonly onEvent: (path: string) => void;
  readonly keepsAlive: boolean;
}

/** Watches everything that decides what paths lead to, so that a switched link is noticed. */
export class Ways {
  readonly #parts: WaysParts;
  readonly #events: FolderEvents;
  readonly #chains = new Map<string, Chain>();

  constructor(parts: WaysParts) {
    this.#parts = parts;
    this.#events = new FolderEvents({
      onEvent: (folder, name) => this.#tell(folder, name),
      // For example, a folder above may be entered but not read. Paths are also checked at intervals.
      onFault: () => undefined,
      keepsAlive: parts.keepsAlive,
    });
  }

  /** The paths that are followed. */
  get paths(): Iterable<string> {
    return this.#chains.keys();
  }

  /** Watches the folders that a path leads through now. */
  async follow(path: string): Promise<void> {
    for (;;) {
      const chain = await chainOf(path);
      const known = this.#chains.get(path);
      for (const [folder, { identity }] of chain) this.#events.add(folder, identity);
      if (known !== undefined && isSame(chain, known)) return;
      this.#chains.set(path, chain);
      if (known !== undefined) this.#removeUnused();
    }
  }

  forget(path: string): void {
    if (this.#chains.delete(path)) this.#removeUnused();
  }

  /** Forgets the paths of the entries directly in a folder. */
  forgetIn(folder: string): void {
    for (const path of [...this.#chains.keys()])
      if (path.slice(0, path.lastIndexOf('/')) === folder) this.forget(path);
  }

  close(): void {
    this.#events.close();
  }

  #removeUnused(): void {
    const used = new Set([...this.#chains.values()].flatMap((chain) => [...chain.keys()]));
    for (const folder of [...this.#events.folders]) if (!used.has(folder)) this.#events.remove(folder);
  }

  #tell(folder: string, name: string | undefined): void {
    for (const [path, chain] of this.#chains) {
      const step = chain.get(folder);
      if (step !== undefined && (name === undefined || step.names.has(name))) this.#parts.onEvent(path);
    }
  }
}

function isSame(one: Chain, other: Chain): boolean {
  return textOf(one) === textOf(other);
}

function textOf(chain: Chain): string {
  return JSON.stringify([...chain].map(([folder, { identity, names }]) => [folder, identity, ...names]));
}
