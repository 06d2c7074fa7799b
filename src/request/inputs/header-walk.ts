/** What stands for all headers, those that are not there included. */
export const ALL_HEADERS = '*';

/**
 * Notes which headers somebody looks at. Who lists them has a copy, and what is looked for in that is not seen: all of them
 * count. But who serializes them (`JSON.stringify`, as loggers do) asks for `toJSON`, lists them at once, and takes each; what
 * comes out is a text, in which nobody looks for a header.
 */
export class HeaderWalk {
  readonly #named = new Set<string>();
  /** What a serialization has still to take, by whatever an entry is known by. */
  #due = new Set<string>();
  #taken: string[] = [];
  #isAskedFor = false;
  readonly #isOver: () => boolean;
  readonly #onLook: (name: string) => void;

  /** Nothing counts after `isOver`. `onLook` is told of each header when it is looked at by its name. */
  constructor(isOver: () => boolean, onLook: (name: string) => void = () => undefined) {
    this.#isOver = isOver;
    this.#onLook = onLook;
  }

  /** Somebody asks whether there is a way of its own to serialize the headers. */
  askForText(): void {
    this.#isAskedFor = true;
  }

  /** Somebody lists what there is. */
  list(entries: Iterable<string>): void {
    if (this.#isOver()) return;
    for (const name of this.#taken) this.#named.add(name);
    this.#taken = [];
    this.#due = new Set(this.#isAskedFor ? entries : []);
    if (!this.#isAskedFor) this.#named.add(ALL_HEADERS);
    this.#isAskedFor = false;
  }

  get isSerializing(): boolean {
    return this.#due.size > 0;
  }

  /** Whether a serialization has still to take an entry. */
  isDue(entry: string): boolean {
    return this.#due.has(entry);
  }

  /** Somebody looks at a header, which has an entry in the list if it is there. */
  take(name: string, entry = name): void {
    if (this.#isOver()) return;
    this.#isAskedFor = false;
    this.#onLook(name);
    if (!this.#due.delete(entry)) this.#named.add(name);
    else if (this.#due.size === 0) this.#taken = [];
    // A serialization that is not gone through to its end is none.
    else this.#taken.push(name);
  }

  /** The headers that were looked at so far. */
  names(): readonly string[] {
    return [...this.#named, ...this.#taken];
  }
}
