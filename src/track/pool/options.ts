import { type OptionProblem, OptionReader } from '../../option-reader.js';
import { Catalogue } from '../catalogue/catalogue.js';
import type { Kind } from '../catalogue/kind.js';
import { mergeLists } from '../list-tags.js';
import {
  isRecordOfColumns,
  isRecordOfLists,
  requireOptions,
  requirePages,
  type TrackOptions,
} from '../options.js';
import type { TableKeys, TableModels } from '../sql/table-models.js';
import type { Tracker } from '../tracker.js';

/** Tables are named as in the database, in lower case and without their schema. */
export interface PoolOptions extends TrackOptions {
  /** For each table, columns other than its key in which no two rows have the same value: `{ posts: 'slug' }`. */
  readonly uniques?: Readonly<Record<string, string | readonly string[]>>;
  /** For each view, the tables behind it: a page that reads the view reads these. */
  readonly views?: Readonly<Record<string, readonly string[]>>;
  /** For each procedure, the tables that it writes. A `CALL` of any other procedure deletes all pages. */
  readonly procedures?: Readonly<Record<string, readonly string[]>>;
}

/** What an adapter follows: its first argument. */
export interface Followed {
  /** The name of the parameter. */
  readonly name: string;
  readonly value: unknown;
  readonly isFit: boolean;
  readonly expected: string;
}

/** Returns the catalogue of the database behind a pool. If it cannot be read, what the options name counts. */
export function catalogueOf(kind: Kind, tracker: Tracker, { cascades, views }: PoolOptions): Catalogue {
  const catalogue = new Catalogue({
    ...{ kind, tracker, hasModels: false },
    named: {
      cascades: cascades && byTable(listsOfTables(cascades)),
      views: views && byTable(listsOfTables(views)),
    },
  });
  tracker.provideRelated(catalogue);
  return catalogue;
}

const OWN = {
  uniques: [isRecordOfColumns, 'an object of names of columns by the name of their table'],
  views: [isRecordOfLists, 'an object of arrays of tables by the name of their view'],
  procedures: [isRecordOfLists, 'an object of arrays of tables by the name of their procedure'],
} as const;

/** Returns the options, with tables named as in SQL. Throws `ERR_OPTIONS` with every problem. */
export function readOptions(followed: Followed, pages: object, options: PoolOptions): PoolOptions {
  const problems: OptionProblem[] = [];
  const reader = new OptionReader({}, problems);
  const { name, value, isFit, expected } = followed;
  if (!isFit) reader.refuseUnseen(name, expected, value);
  requirePages(pages, reader);
  requireOptions(options, OWN, problems);
  const { entities, ids, lists, urls, cascades, uniques, views, procedures } = options;
  return {
    ...options,
    ...(Array.isArray(entities) && { entities: entities.map(tableName) }),
    ...(ids !== undefined && { ids: byTable(ids) }),
    ...(lists !== undefined && { lists: byTable(lists) }),
    ...(urls !== undefined && { urls: byTable(urls) }),
    ...(cascades !== undefined && { cascades: byTable(listsOfTables(cascades)) }),
    ...(uniques !== undefined && { uniques: byTable(uniques) }),
    ...(views !== undefined && { views: byTable(listsOfTables(views)) }),
    ...(procedures !== undefined && { procedures: byTable(listsOfTables(procedures)) }),
  };
}

type Lists = Readonly<Record<string, readonly string[]>>;

function byTable<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([table, value]) => [tableName(table), value]));
}

function listsOfTables(record: Lists): Lists {
  return Object.fromEntries(Object.entries(record).map(([name, tables]) => [name, tables.map(tableName)]));
}

/** Returns the name of a table in tags: in lower case and without its schema, as it is read from SQL. */
export function tableName(table: string): string {
  return table.slice(table.lastIndexOf('.') + 1).toLowerCase();
}

/** Keys come from `ids`; a table without one is followed as a whole. `loose` if the database converts values. */
export function modelsOf(
  { ids = {}, lists, uniques = {} }: PoolOptions,
  loose?: TableKeys['loose'],
): TableModels {
  const keys = new Map<string, TableKeys>();
  for (const [table, columns] of Object.entries(ids)) {
    const primary = [columns].flat().map((column) => column.toLowerCase());
    const others = [uniques[table] ?? []].flat().map((column) => [column.toLowerCase()]);
    keys.set(table, { primary, uniques: others, ...(loose !== undefined && { loose }) });
  }
  const columns = mergeLists([], lists);
  return {
    entityOf: (table) => table,
    keysOf: (table) => keys.get(table),
    listsOf: (table) => columns[table] ?? [],
    isLoose: loose !== undefined,
  };
}
