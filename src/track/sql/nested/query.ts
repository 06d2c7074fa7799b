import type { Token } from '../syntax/tokens.js';
import { type Column, type NestedPart, type Part, readItem, readLaterals } from './part.js';
import { isOnlyOf, readTable } from './table.js';
import { Mismatch, TokenCursor } from './token-cursor.js';

/**
 * A query whose rows contain, as JSON, the rows that they refer to or that refer to them. Drizzle sends it for `with`.
 * The nested rows neither select the outer rows nor order them.
 */
export interface NestedQuery {
  /** The query without the nested rows. */
  readonly outermost: readonly Token[];
  readonly parts: readonly NestedPart[];
}

/** Reads a query with nested rows; returns `undefined` for any other query. Question marks must be numbered. */
export function nestedQueryIn(tokens: readonly Token[]): NestedQuery | undefined {
  try {
    return readQuery(new TokenCursor(tokens));
  } catch (error) {
    if (error instanceof Mismatch) return undefined;
    throw error;
  }
}

function readQuery(cursor: TokenCursor): NestedQuery {
  cursor.expect('select');
  const selected = cursor.until('from');
  cursor.expect('from');
  const { table, alias } = readTable(cursor);
  const laterals = readLaterals(cursor, alias);
  const end = cursor.until(';');
  cursor.accept(';');
  const items = readItems(new TokenCursor(selected), { alias, laterals });
  const parts = items.flatMap(({ item, place }) => ('column' in item ? [] : [{ ...item, place }]));
  const areDistinct = [[alias, ...aliasesOf(parts)], items.map(({ place }) => place.toLowerCase())].every(
    (names) => new Set(names).size === names.length,
  );
  if (!cursor.isAtEnd || laterals.size > 0 || !areDistinct || !isOnlyOf(end, alias))
    throw new Mismatch('expected the end');
  const from = [word('from'), name(table), name(alias)];
  return { outermost: [word('select'), ...items.flatMap(shownAlone), ...from, ...end], parts };
}

interface Selected {
  readonly item: Column | Part;
  /** Its name in the results. */
  readonly place: string;
}

function readItems(cursor: TokenCursor, around: Parameters<typeof readItem>[1]): readonly Selected[] {
  const items: Selected[] = [];
  do {
    const item = readItem(cursor, around);
    const isNamed = cursor.accept('as') || !('column' in item);
    items.push({ item, place: isNamed ? cursor.name() : item.column });
  } while (cursor.accept(','));
  if (!cursor.isAtEnd) throw new Mismatch('expected columns and rows');
  return items;
}

/** Returns the tokens of an item. Nested rows are replaced by a column that belongs to no table of the query. */
function shownAlone({ item, place }: Selected, at: number): readonly Token[] {
  const { of, column } = 'column' in item ? item : { of: item.alias, column: 'data' };
  const owner = of === undefined ? [] : [name(of), sign('.')];
  return [...(at === 0 ? [] : [sign(',')]), ...owner, name(column), word('as'), name(place)];
}

function aliasesOf(parts: readonly NestedPart[]): readonly string[] {
  return parts.flatMap((part) => [part.alias, ...aliasesOf(part.parts)]);
}

function name(text: string): Token {
  return { kind: 'name', text };
}

function word(text: string): Token {
  return { kind: 'word', text };
}

function sign(text: string): Token {
  return { kind: 'sign', text };
}
