import type { Token } from './tokens.js';

/**
 * Returns tokens that begin with a column, with the column as one token in lower case: `alias.column` or `column`.
 * Returns no tokens if they begin with something else.
 */
export function foldColumn(tokens: readonly Token[]): readonly Token[] {
  const [first, dot, column, ...rest] = tokens;
  if (first?.kind !== 'name' && first?.kind !== 'word') return [];
  if (dot?.text !== '.') return [{ ...first, text: first.text.toLowerCase() }, ...tokens.slice(1)];
  if (rest[0]?.text === '.') return foldColumn(tokens.slice(2)); // skips the schema
  return [{ ...first, text: `${first.text}.${column?.text ?? ''}`.toLowerCase() }, ...rest];
}
