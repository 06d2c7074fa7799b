import { depthsOf } from './parentheses.js';
import type { Token } from './tokens.js';

/** The tokens between the first word `begin` and the first of the words `ends`, or the last token; undefined: no such clause. */
export function clauseIn(
  tokens: readonly Token[],
  begin: string,
  ends: ReadonlySet<string>,
): readonly Token[] | undefined {
  const start = indexOfWord(tokens, (word) => word === begin);
  return start === -1 ? undefined : clauseFrom(tokens.slice(start + 1), ends);
}

/** The tokens up to the first of the words `ends`, or the last token. */
export function clauseFrom(tokens: readonly Token[], ends: ReadonlySet<string>): readonly Token[] {
  const end = indexOfWord(tokens, (word) => ends.has(word));
  return end === -1 ? tokens : tokens.slice(0, end);
}

/** The first word that fits and is in no parentheses that begin among the tokens. */
function indexOfWord(tokens: readonly Token[], fits: (word: string) => boolean): number {
  const depths = depthsOf(tokens);
  return tokens.findIndex(
    ({ kind, text }, index) => kind === 'word' && (depths[index] ?? 1) <= 0 && fits(text),
  );
}
