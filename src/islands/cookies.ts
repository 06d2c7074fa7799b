/** The cookies of a visitor, as a browser would have them after each answer: a second island must not begin a session of its own. */
export class VisitorCookies {
  readonly #cookies: Map<string, string>;
  /** What the answers have set, for the browser. */
  readonly set: string[] = [];

  constructor(header: string | undefined) {
    const pairs = (header ?? '').split(/; */).filter((pair) => pair !== '');
    this.#cookies = new Map(pairs.map(parted));
  }

  /** The header `Cookie`; undefined: there is none. */
  get header(): string | undefined {
    const pairs = [...this.#cookies].map(([name, value]) => (name === '' ? value : `${name}=${value}`));
    return pairs.length === 0 ? undefined : pairs.join('; ');
  }

  /** Takes what an answer sets (RFC 6265 §5.2). One for other paths or another host is handed on, and is not sent here. */
  take(lines: readonly string[], now = Date.now()): void {
    for (const line of lines) {
      this.set.push(line);
      const [pair = '', ...attributes] = line.split(/ *; */);
      const values = new Map(
        attributes.map(parted).map(([name, value]) => [name.toLowerCase(), value] as const),
      );
      const path = values.get('path') ?? '/';
      if (path !== '/') continue;
      const [name, value] = parted(pair);
      if (isOver(values, now)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}

function isOver(attributes: ReadonlyMap<string, string>, now: number): boolean {
  const age = attributes.get('max-age');
  if (age !== undefined) return Number(age) <= 0;
  return Date.parse(attributes.get('expires') ?? '') <= now;
}

function parted(pair: string): readonly [name: string, value: string] {
  const equals = pair.indexOf('=');
  return equals === -1 ? ['', pair.trim()] : [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()];
}
