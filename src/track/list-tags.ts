import { parseTag } from '../page/tag.js';
import type { Change } from './change.js';
import { anyTag, type Id, keyInCondition, rowTag } from './tags.js';

/** The rows of a model that have one of these values in a column, and no others. */
export interface ListRead {
  /** As the database calls it, in lower case. */
  readonly column: string;
  readonly values: readonly unknown[];
  /** The keys of all of these rows, if it is certain that the page has read each; absent: it may have read some. */
  readonly ids?: readonly Id[] | undefined;
}

/** A list by more values, or of more rows, is not told apart from others: each would be a tag. */
const MAX_VALUES = 20;
const MAX_ROWS = 200;
/** Beyond, some databases compare whole numbers as others, which are rounded. */
const MAX_DIGITS = 15;

/** The columns by which lists are told apart, by the name of the model in tags. One for all trackers of a site. */
export class ListColumns {
  readonly #columns = new Map<string, Set<string>>();

  add(name: string, columns: readonly string[]): void {
    const known = this.#columns.get(name) ?? new Set();
    for (const column of columns) known.add(column);
    this.#columns.set(name, known);
  }

  of(name: string): ReadonlySet<string> {
    return this.#columns.get(name) ?? new Set();
  }
}

/** By the name of a model, the columns by which its lists are told apart, in lower case. */
export type Lists = Readonly<Record<string, readonly string[]>>;

/** What the ORM knows, and what its user adds. */
export function mergeLists(
  known: Iterable<readonly [string, readonly string[]]>,
  given: Readonly<Record<string, string | readonly string[]>> = {},
): Lists {
  const merged = new Map<string, Set<string>>();
  for (const [entity, columns] of [...known, ...Object.entries(given)])
    for (const column of [columns].flat()) {
      const own = merged.get(entity) ?? new Set();
      merged.set(entity, own.add(String(column).toLowerCase()));
    }
  return Object.fromEntries([...merged].map(([entity, columns]) => [entity, [...columns]]));
}

/** The tags of a page that has read a list; undefined: it cannot be told apart from others of the model. */
export function tagsOfList(name: string, { column, values, ids }: ListRead): readonly string[] | undefined {
  const keys = keysOf(values);
  if (keys === undefined || keys.length === 0 || keys.length > MAX_VALUES) return undefined;
  const lists = [
    ...keys.map((key) => listTag(name, column, key)),
    anyListTag(name, column),
    anyListTag(name),
  ];
  const isKnown = ids !== undefined && ids.length <= MAX_ROWS;
  const rows = isKnown ? ids.map((id) => rowTag(name, id)) : [openListTag(name, column)];
  return [anyTag(name), ...lists, ...rows];
}

/** The tags of lists that a change makes out of date; `columns` are those by which there are lists. */
export function tagsOfListChange(
  name: string,
  { id, action, lists }: Pick<Change, 'id' | 'action' | 'lists'>,
  columns: ReadonlySet<string>,
): readonly string[] {
  // Who has read them may know columns that are not known here.
  if (columns.size === 0) return [anyListTag(name)];
  return [...columns].flatMap((column) => {
    const { from, to } = lists?.[column] ?? {};
    const before = action === 'create' ? [] : keysOf(from);
    const after = action === 'delete' || to === 'same' ? [] : keysOf(to);
    const tags = [...(before ?? []), ...(after ?? [])].map((key) => listTag(name, column, key));
    if (after === undefined || (before === undefined && id === undefined))
      return [...tags, anyListTag(name, column)];
    // Where all rows of a list are known, the page has the tag of the row.
    return before === undefined ? [...tags, openListTag(name, column)] : tags;
  });
}

/** Whether the rows that have changed are known by a list that they were in. */
export function areOfList({ action, lists = {} }: Pick<Change, 'action' | 'lists'>): boolean {
  if (action !== 'update' && action !== 'delete') return false;
  return Object.values(lists).some(({ from }) => keysOf(from) !== undefined);
}

/** The values that are not NULL, which is in no list; undefined: one has several spellings, or is not known. */
function keysOf(values: readonly unknown[] | undefined): readonly Id[] | undefined {
  const keys = values?.filter((value) => value !== null).map(keyOf);
  return keys?.every((key) => key !== undefined) ? [...new Set(keys)] : undefined;
}

function keyOf(value: unknown): Id | undefined {
  const key = keyInCondition(value);
  const isLong = /^-?\d+$/.test(String(key)) && String(key).replace('-', '').length > MAX_DIGITS;
  return isLong ? undefined : key;
}

/** The rows with this value: `comment?postid=5`. */
function listTag(name: string, column: string, value: Id): string {
  return parseTag(`${name}?${column}=${String(value).toLowerCase()}`);
}

/** Any list by this column, or by whatever column. */
function anyListTag(name: string, column?: string): string {
  return parseTag(column === undefined ? `${name}?*` : `${name}?${column}=*`);
}

/** Any list by this column that may show fewer rows than there are. */
function openListTag(name: string, column: string): string {
  return parseTag(`${name}?${column}=~`);
}
