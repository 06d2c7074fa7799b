import { isSign, isWord, type Token } from '../syntax/tokens.js';

/** A text is not written in a grammar. */
export class Mismatch extends Error {}

/** Reads tokens from left to right, for a grammar that knows at each place what may come. Throws {@link Mismatch}. */
export class TokenCursor {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** Whether these come next: words and signs, separated by spaces. */
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

  /** A name in quotes, as it is written. */
  name(): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'name') throw new Mismatch('expected a name');
    this.#at += 1;
    return token.text;
  }

  /** The tokens up to one of these words or signs, or to the end of the parentheses that this is in. */
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
