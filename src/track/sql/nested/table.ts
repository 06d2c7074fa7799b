import { conjuncts } from '../syntax/conjuncts.js';
import { aliasesIn, equalsOf, isExplicit } from '../syntax/joins.js';
import type { Token } from '../syntax/tokens.js';
import { Mismatch, type TokenCursor } from './token-cursor.js';

/** The rows of a table that are nested in an outer row. */
export interface NestedRows {
  readonly table: string;
  readonly alias: string;
  /** The column that equals a column of the outer row; `undefined` if no such condition is certain. */
  readonly equals: { readonly column: string; readonly outer: string } | undefined;
  /** Whether a row must meet that condition and no other. */
  readonly isOnly: boolean;
  /** Whether LIMIT or OFFSET may leave rows out. */
  readonly isCut: boolean;
}

type Table = Pick<NestedRows, 'table' | 'alias'>;
type Choice = Omit<NestedRows, keyof Table>;

/** Reads a table, or a query for everything in it. Calls `readBehind` to read what comes after it. */
export function readRows(
  cursor: TokenCursor,
  outer: string,
  readBehind: (alias: string) => void,
): NestedRows {
  if (!cursor.accept('( select *')) {
    const table = readTable(cursor);
    readBehind(table.alias);
    return { ...table, ...readChoice(cursor, table.alias, outer) };
  }
  const numbering = cursor.accept(', row_number ( ) over (') ? cursor.until() : undefined;
  if (numbering !== undefined) cursor.expect(')');
  cursor.expect('from');
  const table = readTable(cursor);
  const choice = readChoice(cursor, table.alias, outer);
  cursor.expect(')');
  if (cursor.name().toLowerCase() !== table.alias || !isOnlyOf(numbering ?? [], table.alias))
    throw new Mismatch('expected the same name');
  readBehind(table.alias);
  return { ...table, ...choice };
}

/** Reads a table and its alias. */
export function readTable(cursor: TokenCursor): Table {
  let table = cursor.name();
  while (cursor.accept('.')) table = cursor.name();
  return { table: table.toLowerCase(), alias: cursor.name().toLowerCase() };
}

/** Reads which rows of a table are selected, and in which order. */
function readChoice(cursor: TokenCursor, alias: string, outer: string): Choice {
  const condition = cursor.accept('where') ? cursor.until('order by', 'limit', 'offset') : [];
  const end = cursor.until();
  if (!isOnlyOf(condition, alias, outer) || !isOnlyOf(end, alias))
    throw new Mismatch('expected columns of the table');
  const equals = [...equalsOf(alias, condition)].find(([, far]) => far.alias === outer);
  return {
    equals: equals && { column: equals[0], outer: equals[1].column },
    isOnly: equals !== undefined && conjuncts(condition).length === 1,
    isCut: end.some(({ text }) => text === 'limit' || text === 'offset'),
  };
}

/** Whether the tokens name only columns of tables with these aliases, and call no function. */
export function isOnlyOf(tokens: readonly Token[], ...aliases: readonly string[]): boolean {
  return isExplicit(tokens) && [...aliasesIn(tokens)].every((alias) => aliases.includes(alias));
}
