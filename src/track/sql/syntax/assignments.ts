import { clauseIn } from './clauses.js';
import { AFTER_SET } from './keywords.js';
import { split } from './parentheses.js';
import { isComma, isSign, type Token } from './tokens.js';

/** The columns that an UPDATE sets, in lower case; undefined: they are not known. */
export function assignedColumns(tokens: readonly Token[]): readonly string[] | undefined {
  const clause = clauseIn(tokens, 'set', AFTER_SET);
  if (clause === undefined) return undefined;
  const columns: string[] = [];
  for (const part of split(clause, isComma)) {
    const column = part[part.findIndex((token) => isSign(token, '=')) - 1];
    if (column === undefined || column.text === ')') return undefined;
    columns.push(column.text.toLowerCase());
  }
  return columns;
}
