/**
 * Tells a look at single headers from a copy of all: loggers and adapters list the names, and take each. Names that are
 * taken while a list is gone through count only if it is not gone through to its end.
 */
export class HeaderWalk {
  readonly #named = new Set<string>();
  /** What is left of the list, by whatever an entry is known by. */
  #left = new Set<string>();
  #taken: string[] = [];
  readonly #isOver: () => boolean;

  /** Nothing counts after `isOver`. */
  constructor(isOver: () => boolean) {
    this.#isOver = isOver;
  }

  /** Somebody lists what there is. */
  list(entries: Iterable<string>): void {
    if (this.#isOver()) return;
    for (const name of this.#taken) this.#named.add(name);
    this.#taken = [];
    // What was looked at by name before is known, and left out by who takes all the others.
    this.#left = new Set([...entries].filter((entry) => !this.#named.has(entry)));
  }

  get isListing(): boolean {
    return this.#left.size > 0;
  }

  /** Whether an entry of the list is still to be taken. */
  isDue(entry: string): boolean {
    return this.#left.has(entry);
  }

  /** Somebody looks at a header, which has an entry in the list if it is there. */
  take(name: string, entry = name): void {
    if (this.#isOver()) return;
    if (!this.#left.delete(entry)) this.#named.add(name);
    else if (this.#left.size === 0) this.#taken = [];
    else this.#taken.push(name);
  }

  /** The headers that were looked at by name so far. */
  names(): readonly string[] {
    return [...this.#named, ...this.#taken];
  }
}
