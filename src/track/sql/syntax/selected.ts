import { foldColumn } from './columns.js';
import { split } from './parentheses.js';
import { isComma, isWord, type Token } from './tokens.js';

/** What the columns of the results are. */
export interface Selected {
  /** What `alias.column`, or `column` where it is written so, is called in the results, if it alone is called so. */
  readonly names: ReadonlyMap<string, string>;
  /** Where a star selects columns: what others beside it may be called. */
  readonly besideStar?: ReadonlySet<string>;
}

/** Of columns with the same name a row keeps only the last, and what a star selects may have any name. */
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

/** The column that an item is, if it is nothing else: `alias.column` or `column`, and perhaps `AS name` or `name`. */
function columnOf(item: readonly Token[]): string | undefined {
  const [column, ...rest] = foldColumn(item);
  if (column === undefined) return undefined;
  const hasAs = isWord(rest[0], 'as');
  const isNamed = rest.length === (hasAs ? 2 : 1) && rest.at(-1)?.kind !== 'sign';
  return rest.length === 0 || isNamed ? column.text : undefined;
}

/** Of a column, its name; of an expression, any word in it. A star has none. */
function possibleNames(item: readonly Token[]): readonly string[] {
  const last = item.at(-1);
  if (last?.text === '*') return [];
  if (columnOf(item) !== undefined) return [last?.text ?? ''];
  return item
    .filter(({ kind }) => kind === 'word' || kind === 'name' || kind === 'text')
    .map(({ text }) => text);
}
