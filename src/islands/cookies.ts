type Pair = readonly [name: string, value: string];

/** The cookies of a visitor as a browser has them after each response: a second island must not begin a new session. */
export class VisitorCookies {
  /** In the order of the browser, which may send a name twice. Apps take the first. */
  #pairs: readonly Pair[];
  /** What the responses have set, for the browser. */
  readonly set: string[] = [];

  constructor(header: string | undefined) {
    const pairs = (header ?? '').split(/; */).filter((pair) => pair !== '');
    this.#pairs = pairs.map(parted);
  }

  /** The header `Cookie`; `undefined` if there are no cookies. */
  get header(): string | undefined {
    const pairs = this.#pairs.map(([name, value]) => (name === '' ? value : `${name}=${value}`));
    return pairs.length === 0 ? undefined : pairs.join('; ');
  }

  /** Takes what a response sets (RFC 6265 §5.2). A cookie for other paths is only passed on to the browser. */
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

  /** Replaces all cookies of a name: the header does not show which of them was set. */
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
