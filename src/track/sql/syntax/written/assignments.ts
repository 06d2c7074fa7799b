import { clauseFrom, clauseIn } from '../clauses.js';
import { type Comparisons, operandOrNull } from '../conditions.js';
import { AFTER_SET } from '../keywords.js';
import { split } from '../parentheses.js';
import { isComma, isSign, isWord, type Token } from '../tokens.js';

/**
 * Returns the columns, in lower case, that an UPDATE sets, or an INSERT that finds an existing row; `undefined` if they
 * are not known. Leaves out columns that are set to the value by which the INSERT found the row: these do not change.
 */
export function assignedColumns(tokens: readonly Token[]): readonly string[] | undefined {
  if (doesNothing(tokens)) return [];
  const clause = duplicateClause(tokens) ?? clauseIn(tokens, 'set', AFTER_SET);
  if (clause === undefined) return undefined;
  const met = new Set(conflictColumns(tokens));
  const columns: string[] = [];
  for (const part of split(clause, isComma)) {
    const at = part.findIndex((token) => isSign(token, '='));
    const names = at < 1 ? [] : namesIn(part.slice(0, at));
    if (names.length === 0) return undefined;
    columns.push(...names.filter((name) => !isKept(name, part.slice(at + 1), met)));
  }
  return columns;
}

/** Returns the literals and parameters that an UPDATE gives to columns. Question marks must be numbered. */
export function assignedValues(tokens: readonly Token[]): Comparisons {
  const clause = isWord(tokens[0], 'update') ? clauseIn(tokens, 'set', AFTER_SET) : undefined;
  const parts = split(clause ?? [], isComma).map((part) => {
    const at = part.findIndex((token) => isSign(token, '='));
    const names = at < 1 ? [] : namesIn(part.slice(0, at));
    return { names, value: operandOrNull(part.slice(at + 1)) };
  });
  const times = (name: string) => parts.filter(({ names }) => names.includes(name)).length;
  return new Map(
    parts.flatMap(({ names: [name = '', ...others], value }) =>
      others.length > 0 || value === undefined || times(name) > 1 ? [] : [[name, [value]]],
    ),
  );
}

/** Returns what follows MySQL's `ON DUPLICATE KEY UPDATE`. */
function duplicateClause(tokens: readonly Token[]): readonly Token[] | undefined {
  const at = tokens.findIndex(
    (token, index) =>
      isWord(token, 'duplicate') && isWord(tokens[index + 1], 'key') && isWord(tokens[index + 2], 'update'),
  );
  return at === -1 ? undefined : clauseFrom(tokens.slice(at + 3), AFTER_SET);
}

/** Whether a column keeps its value: it is set to itself, or to the value by which the INSERT found the row. */
function isKept(name: string, value: readonly Token[], met: ReadonlySet<string>): boolean {
  const texts = value.map(({ text }) => text.toLowerCase()).join(' ');
  if (texts === name || texts === `last_insert_id ( ${name} )`) return true;
  return met.has(name) && isExcluded(name, value);
}

/** Returns the column of `column` or `alias.column`, or the columns of `(a, b) = (1, 2)`. */
function namesIn(tokens: readonly Token[]): readonly string[] {
  const last = tokens.at(-1);
  const names = last?.text === ')' ? tokens : tokens.slice(-1);
  return names.filter(({ kind }) => kind === 'word' || kind === 'name').map(({ text }) => text.toLowerCase());
}

function doesNothing(tokens: readonly Token[]): boolean {
  return tokens.some((token, at) => isWord(token, 'do') && isWord(tokens[at + 1], 'nothing'));
}

/** Returns the columns of `on conflict (a, b)`. */
function conflictColumns(tokens: readonly Token[]): readonly string[] {
  const at = tokens.findIndex((token) => isWord(token, 'conflict'));
  if (at === -1 || !isSign(tokens[at + 1], '(')) return [];
  const end = tokens.findIndex((token, index) => index > at && isSign(token, ')'));
  return namesIn(tokens.slice(at + 2, end + 1));
}

/** Whether a value is `excluded.column` and nothing else. */
function isExcluded(name: string, [excluded, dot, column, ...more]: readonly Token[]): boolean {
  const isColumn = isSign(dot, '.') && column?.text.toLowerCase() === name && more.length === 0;
  return isColumn && excluded?.text.toLowerCase() === 'excluded';
}
