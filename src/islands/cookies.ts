type Pair = readonly [name: string, value: string];

/** The cookies of a visitor, as a browser would have them after each answer: a second island must not begin a session of its own. */
export class VisitorCookies {
  /** In the order of the browser, which may send a name twice: apps take the first. */
  #pairs: readonly Pair[];
  /** What the answers have set, for the browser. */
  readonly set: string[] = [];

  constructor(header: string | undefined) {
    const pairs = (header ?? '').split(/; */).filter((pair) => pair !== '');
    this.#pairs = pairs.map(parted);
  }

  /** The header `Cookie`; undefined: there is none. */
  get header(): string | undefined {
    const pairs = this.#pairs.map(([name, value]) => (name === '' ? value : `${name}=${value}`));
    return pairs.length === 0 ? undefined : pairs.join('; ');
  }

  /** Takes what an answer sets (RFC 6265 §5.2). One for other paths is handed on, and is not sent here. */
  take(lines: readonly string[], now = Date.now()): void {
    for (const line of lines) {
      this.set.push(line);
      const [pair = '', ...attributes] = line.split(/ *; */);
      const values = new Map(
        attributes.map(parted).map(([name, value]) => [name.toLowerCase(), value] as const),
      );
      const path = values.get('path') ?? '/';
      if (path === '/') this.#replace(parted(pair), isOver(values, now));
    }
  }

  /** All of a name: which of them it was is not to be seen. */
  #replace([name, value]: Pair, isRemoved: boolean): void {
    const at = this.#pairs.findIndex(([known]) => known === name);
    const others = (pairs: readonly Pair[]) => pairs.filter(([known]) => known !== name);
    const [before, behind] =
      at === -1 ? [this.#pairs, []] : [this.#pairs.slice(0, at), this.#pairs.slice(at)];
    this.#pairs = [...others(before), ...(isRemoved ? [] : [[name, value] as const]), ...others(behind)];
  }
}

function isOver(attributes: ReadonlyMap<string, string>, now: number): boolean {
  const age = attributes.get('max-age');
  if (age !== undefined) return Number(age) <= 0;
  return Date.parse(attributes.get('expires') ?? '') <= now;
}

function parted(pair: string): Pair {
  const equals = pair.indexOf('=');
  return equals === -1 ? ['', pair.trim()] : [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()];
}
