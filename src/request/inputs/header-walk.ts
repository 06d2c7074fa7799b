/** Stands for all headers, including those that the request does not have. */
export const ALL_HEADERS = '*';

/**
 * Notes which headers the app reads. Code that lists them has a copy, and what it reads there is not seen: then all of
 * them count. Code that serializes them (`JSON.stringify`, as loggers do) asks for `toJSON`, lists them at once, and
 * takes each. The result is a text, in which no code looks for a header, so this does not count.
 */
export class HeaderWalk {
  readonly #named = new Set<string>();
  /** The entries that a serialization has not taken yet: names, or positions in the list of lines. */
  #due = new Set<string>();
  #taken: string[] = [];
  #isAskedFor = false;
  readonly #isOver: () => boolean;
  readonly #onLook: (name: string) => void;

  /** Nothing counts after `isOver`. `onLook` is called with each header that is read by its name. */
  constructor(isOver: () => boolean, onLook: (name: string) => void = () => undefined) {
    this.#isOver = isOver;
    this.#onLook = onLook;
  }

  /** Notes that the app asks whether the headers have their own way to be serialized. */
  askForText(): void {
    this.#isAskedFor = true;
  }

  /** Notes that the app lists the headers. */
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

  /** Whether a serialization has not taken an entry yet. */
  isDue(entry: string): boolean {
    return this.#due.has(entry);
  }

  /** Notes that the app reads a header. If the header exists, `entry` is its entry in the list. */
  take(name: string, entry = name): void {
    if (this.#isOver()) return;
    this.#isAskedFor = false;
    this.#onLook(name);
    if (!this.#due.delete(entry)) this.#named.add(name);
    else if (this.#due.size === 0) this.#taken = [];
    // If a serialization stops before its end, it was none, and these headers count.
    else this.#taken.push(name);
  }

  /** Returns the headers that were read so far. */
  names(): readonly string[] {
    return [...this.#named, ...this.#taken];
  }
}
