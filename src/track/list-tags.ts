import { parseTag } from '../page/tag.js';
import type { Change } from './change.js';
import { anyTag, type Id, keyInCondition, rowTag } from './tags.js';

/** A read of the rows of a model that have one of these values in a column, and of no other rows. */
export interface ListRead {
  /** The name of the column in the database, in lower case. */
  readonly column: string;
  readonly values: readonly unknown[];
  /** The keys of all these rows, if the page has certainly read each of them. Absent if it may have read only some. */
  readonly ids?: readonly Id[] | undefined;
}

/** Each value and row would be a tag. A list of more values counts as a selection; of more rows, as read in part. */
const MAX_VALUES = 20;
const MAX_ROWS = 200;
/** Some databases round whole numbers with more digits when they compare them. */
const MAX_DIGITS = 15;

/** The columns that distinguish lists, by the name of the model in tags. All trackers of a site share one object. */
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

/** For each model, by name, the columns that distinguish its lists, in lower case. */
export type Lists = Readonly<Record<string, readonly string[]>>;

/** Merges what the ORM knows with what the user adds. */
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

/** Returns the tags of a page that read a list. `undefined` if the list cannot be distinguished from others. */
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

/** Returns the tags of the lists that a change makes out of date. `columns` are the columns that distinguish lists. */
export function tagsOfListChange(
  name: string,
  { id, action, lists }: Pick<Change, 'id' | 'action' | 'lists'>,
  columns: ReadonlySet<string>,
): readonly string[] {
  // Another process that read lists may know columns that are not known here.
  if (columns.size === 0) return [anyListTag(name)];
  return [...columns].flatMap((column) => {
    const { from, to } = lists?.[column] ?? {};
    const before = action === 'create' ? [] : keysOf(from);
    const after = action === 'delete' || to === 'same' ? [] : keysOf(to);
    const tags = [...(before ?? []), ...(after ?? [])].map((key) => listTag(name, column, key));
    if (after === undefined || (before === undefined && id === undefined))
      return [...tags, anyListTag(name, column)];
    // If a page knows all rows of its list, it has the tag of the row.
    return before === undefined ? [...tags, openListTag(name, column)] : tags;
  });
}

/** Whether a list is known that the changed rows were in. */
export function areOfList({ action, lists = {} }: Pick<Change, 'action' | 'lists'>): boolean {
  if (action !== 'update' && action !== 'delete') return false;
  return Object.values(lists).some(({ from }) => keysOf(from) !== undefined);
}

/** Returns the values except NULL, which is in no list. `undefined` if a value is unknown, or has several spellings. */
function keysOf(values: readonly unknown[] | undefined): readonly Id[] | undefined {
  const keys = values?.filter((value) => value !== null).map(keyOf);
  return keys?.every((key) => key !== undefined) ? [...new Set(keys)] : undefined;
}

function keyOf(value: unknown): Id | undefined {
  const key = keyInCondition(value);
  const isLong = /^-?\d+$/.test(String(key)) && String(key).replace('-', '').length > MAX_DIGITS;
  return isLong ? undefined : key;
}

/** Returns the tag of the rows with this value: `comment?postid=5`. */
function listTag(name: string, column: string, value: Id): string {
  return parseTag(`${name}?${column}=${String(value).toLowerCase()}`);
}

/** Returns the tag of any list by this column or, without `column`, by any column. */
function anyListTag(name: string, column?: string): string {
  return parseTag(column === undefined ? `${name}?*` : `${name}?${column}=*`);
}

/** Returns the tag of any list by this column that a page may show only in part. */
function openListTag(name: string, column: string): string {
  return parseTag(`${name}?${column}=~`);
}
