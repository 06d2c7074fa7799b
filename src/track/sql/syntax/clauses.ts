import { depthsOf } from './parentheses.js';
import type { Token } from './tokens.js';

/** Returns the tokens after the word `begin`, up to a word of `ends` or to the last token; `undefined` without `begin`. */
export function clauseIn(
  tokens: readonly Token[],
  begin: string,
  ends: ReadonlySet<string>,
): readonly Token[] | undefined {
  const start = indexOfWord(tokens, (word) => word === begin);
  return start === -1 ? undefined : clauseFrom(tokens.slice(start + 1), ends);
}

/** Returns the tokens before the first of the words `ends`, or all tokens if there is no such word. */
export function clauseFrom(tokens: readonly Token[], ends: ReadonlySet<string>): readonly Token[] {
  const end = indexOfWord(tokens, (word) => ends.has(word));
  return end === -1 ? tokens : tokens.slice(0, end);
}

/** Returns the index of the first word that fits and is not in parentheses that begin among the tokens. */
function indexOfWord(tokens: readonly Token[], fits: (word: string) => boolean): number {
  const depths = depthsOf(tokens);
  return tokens.findIndex(
    ({ kind, text }, index) => kind === 'word' && (depths[index] ?? 1) <= 0 && fits(text),
  );
}
