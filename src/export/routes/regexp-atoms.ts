/** A part of a regular expression, reduced to what building a path needs. */
export type Atom = Certain & { readonly isOptional: boolean };

type Certain =
  | { readonly kind: 'text'; readonly text: string }
  /** A capturing group: its name, and the index of its match. */
  | { readonly kind: 'key'; readonly name: string; readonly index: number }
  | { readonly kind: 'sequence'; readonly atoms: readonly Atom[] };

/** `open` matches more than one text, such as `\d`. It must be optional, so that it can be left out. */
type Bare = Certain | { readonly kind: 'open'; readonly source: string };

const CLASS = /\[(?:\\.|[^\]\\])*\]/y;
const SINGLE_CHARACTER_CLASS = /^\[\\?([^\\^\]])\]$/;
const ESCAPE = /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|k<[^>]*>|.)/y;
const QUANTIFIER = /(?:[*+?]|\{\d+(?:,\d*)?\})\??/y;
const GROUP_HEAD = /\((?:\?(?:<(?<name>[^=!>][^>]*)>|(?<modifier>:|=|!|<=|<!)))?/y;

/** Reads the source of a regular expression. Throws an error that names a part that stands for more than one text. */
export function parseRegExp(source: string): readonly Atom[] {
  return new RegExpReader(source).read();
}

class RegExpReader {
  readonly #source: string;
  #position = 0;
  #groups = 0;
  #unnamed = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Reads up to the end, or to the bracket that closes a group. */
  read(): readonly Atom[] {
    const atoms: Atom[] = [];
    while (this.#position < this.#source.length && this.#source[this.#position] !== ')') {
      const bare = this.#readBare();
      const quantifier = this.#take(QUANTIFIER)?.[0];
      atoms.push(quantify(bare, quantifier));
    }
    return atoms;
  }

  #readBare(): Bare {
    const character = this.#source[this.#position] ?? '';
    if (character === '(') return this.#readGroup();
    if (character === '[') return readClass(this.#take(CLASS)?.[0] ?? '');
    if (character === '\\') return readEscape(this.#take(ESCAPE)?.[0] ?? '');
    this.#position += 1;
    if (character === '^' || character === '$') return { kind: 'text', text: '' };
    if (character === '|') throw new Error('it has alternatives outside of groups; declare a route for each');
    return character === '.' ? { kind: 'open', source: '.' } : { kind: 'text', text: character };
  }

  #readGroup(): Bare {
    const { name, modifier } = this.#take(GROUP_HEAD)?.groups ?? {};
    if (modifier === ':') return { kind: 'sequence', atoms: this.#readInner() };
    const key = modifier === undefined ? this.#nextKey(name) : undefined;
    this.#skipInner();
    // A lookahead or lookbehind takes no text. The whole path is tested against it later.
    return key === undefined ? { kind: 'text', text: '' } : { kind: 'key', ...key };
  }

  /** Express counts only the groups without a name; a match counts all groups. */
  #nextKey(name: string | undefined): { readonly name: string; readonly index: number } {
    this.#groups += 1;
    return { name: name ?? String(this.#unnamed++), index: this.#groups };
  }

  #readInner(): readonly Atom[] {
    const atoms = this.read();
    this.#position += 1;
    return atoms;
  }

  /** Skips what a capturing group matches, because the value decides that. */
  #skipInner(): void {
    for (let depth = 1; depth > 0; ) {
      const character = this.#source[this.#position];
      if (character === '[') this.#take(CLASS);
      else if (character === '\\') this.#take(ESCAPE);
      else if (character === '(') depth += this.#enter();
      else {
        this.#position += 1;
        if (character === ')') depth -= 1;
      }
    }
  }

  /** Counts a group within a group. Its value is part of the outer group's value. */
  #enter(): number {
    const { name, modifier } = this.#take(GROUP_HEAD)?.groups ?? {};
    if (modifier === undefined) this.#nextKey(name);
    return 1;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#source) ?? undefined;
    this.#position += match?.[0].length ?? 0;
    return match;
  }
}

function readClass(source: string): Bare {
  const text = SINGLE_CHARACTER_CLASS.exec(source)?.[1];
  return text === undefined ? { kind: 'open', source } : { kind: 'text', text };
}

function readEscape(source: string): Bare {
  if (/^\\[bB]$/.test(source)) return { kind: 'text', text: '' };
  return /^\\[^\p{L}\p{N}]$/u.test(source)
    ? { kind: 'text', text: source.slice(1) }
    : { kind: 'open', source };
}

function quantify(bare: Bare, quantifier = '1'): Atom {
  const isOptional = /^(?:[*?]|\{0)/.test(quantifier);
  if (bare.kind !== 'open') return { ...bare, isOptional };
  if (isOptional) return { kind: 'text', text: '', isOptional };
  throw new Error(`\`${bare.source}\` outside of a capturing group stands for more than one text`);
}
