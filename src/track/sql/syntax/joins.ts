import { clauseFrom } from './clauses.js';
import { foldColumn } from './columns.js';
import { conjuncts } from './conjuncts.js';
import { AFTER_ON } from './keywords.js';
import { isWord, type Token } from './tokens.js';

/** By alias: the columns of a joined table that are compared with a column of another. */
export type Joins = ReadonlyMap<string, ReadonlySet<string>>;

export function joinsIn(tokens: readonly Token[]): Joins {
  const found = new Map<string, Set<string>>();
  for (const [index, token] of tokens.entries()) {
    if (!isWord(token, 'on')) continue;
    const condition = clauseFrom(tokens.slice(index + 1), AFTER_ON);
    for (const name of conjuncts(condition).flatMap(comparedColumns)) {
      const [alias = '', column] = name.split('.');
      if (column !== undefined) found.set(alias, (found.get(alias) ?? new Set()).add(column));
    }
  }
  return found;
}

/** Both sides of `a.x = b.y`. */
function comparedColumns(condition: readonly Token[]): readonly string[] {
  const [left, operator, ...rest] = foldColumn(condition);
  const [right, ...more] = foldColumn(rest);
  if (left === undefined || operator?.text !== '=' || right === undefined || more.length > 0) return [];
  return [left.text, right.text];
}
