import { foldColumn } from './columns.js';
import { split } from './parentheses.js';
import { isComma, isWord, type Token } from './tokens.js';

/** What the columns of the results contain. */
export interface Selected {
  /** The name of `alias.column` (or of `column`, if written so) in the results, if nothing else has that name. */
  readonly names: ReadonlyMap<string, string>;
  /** If a star selects columns: the names that the other items may have. */
  readonly besideStar?: ReadonlySet<string>;
}

/** Leaves out names that occur twice: a row keeps only the last such column. What a star selects may have any name. */
export function selectedIn(tokens: readonly Token[]): Selected {
  const items = split(tokens, isComma).map(withoutSelect);
  const named = items.map((item) => ({ column: columnOf(item), names: possibleNames(item) }));
  const times = new Map<string, number>();
  for (const name of named.flatMap(({ names }) => names))
    times.set(name.toLowerCase(), (times.get(name.toLowerCase()) ?? 0) + 1);
  if (items.some((item) => item.at(-1)?.text === '*'))
    return { names: new Map(), besideStar: new Set(times.keys()) };
  return {
    names: new Map(
      named.flatMap(({ column, names: [name = ''] }) =>
        column === undefined || times.get(name.toLowerCase()) !== 1 ? [] : [[column, name]],
      ),
    ),
  };
}

function withoutSelect(item: readonly Token[]): readonly Token[] {
  const start = item.findIndex((token) => !isWord(token, 'select', 'distinct', 'all'));
  return start === -1 ? [] : item.slice(start);
}

/** Returns the column, if an item is nothing but `alias.column` or `column`, and perhaps `AS name` or `name`. */
function columnOf(item: readonly Token[]): string | undefined {
  const [column, ...rest] = foldColumn(item);
  if (column === undefined) return undefined;
  const hasAs = isWord(rest[0], 'as');
  const isNamed = rest.length === (hasAs ? 2 : 1) && rest.at(-1)?.kind !== 'sign';
  return rest.length === 0 || isNamed ? column.text : undefined;
}

/** Returns the name of a column, or all words of an expression, since each may be its name. A star has no name. */
function possibleNames(item: readonly Token[]): readonly string[] {
  const last = item.at(-1);
  if (last?.text === '*') return [];
  if (columnOf(item) !== undefined) return [last?.text ?? ''];
  return item
    .filter(({ kind }) => kind === 'word' || kind === 'name' || kind === 'text')
    .map(({ text }) => text);
}
