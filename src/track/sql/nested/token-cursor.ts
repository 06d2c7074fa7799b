import { isSign, isWord, type Token } from '../syntax/tokens.js';

/** A text does not follow the grammar that reads it. */
export class Mismatch extends Error {}

/** Reads tokens from left to right, for a grammar that always knows what may come next. Throws {@link Mismatch}. */
export class TokenCursor {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** Whether these words and signs, separated by spaces, come next. */
  isNext(texts: string): boolean {
    return texts.split(' ').every((text, index) => {
      const token = this.#tokens[this.#at + index];
      return (
        isWord(token, text) ||
        isSign(token, text) ||
        (text === '[]' && token?.kind === 'text' && token.text === text)
      );
    });
  }

  accept(texts: string): boolean {
    const isNext = this.isNext(texts);
    if (isNext) this.#at += texts.split(' ').length;
    return isNext;
  }

  expect(texts: string): void {
    if (!this.accept(texts)) throw new Mismatch(`expected ${texts}`);
  }

  /** Reads a name in quotes, and returns it as it is written. */
  name(): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'name') throw new Mismatch('expected a name');
    this.#at += 1;
    return token.text;
  }

  /** Reads the tokens up to one of these words or signs, or to the end of the enclosing parentheses. */
  until(...ends: readonly string[]): readonly Token[] {
    const start = this.#at;
    for (let depth = 0; !this.isAtEnd; this.#at += 1) {
      if (depth === 0 && (this.isNext(')') || ends.some((end) => this.isNext(end)))) break;
      if (this.isNext('(')) depth += 1;
      if (this.isNext(')')) depth -= 1;
    }
    return this.#tokens.slice(start, this.#at);
  }
}
