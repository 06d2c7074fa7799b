import { type OptionProblem, OptionReader } from '../../../option-reader.js';
import { tableName } from '../../pool/options.js';
import { DEFAULT_CHANNEL, isName, MAX_NAME_BYTES } from '../names.js';

/** A table whose changes are reported. Names are as in the database: `Posts` is not `posts`. */
export interface TriggerTable {
  /** `posts` or, unless `schema` is given, `blog.posts`. */
  readonly table: string;
  /** Default: the schema in which PostgreSQL finds the table while the migration runs. */
  readonly schema?: string;
  /** The columns of a row's key, for its tag. Default: `id`. With an empty array, rows are not distinguished. */
  readonly key?: string | readonly string[];
  /** The name of the model in the adapter that reads. Default: the table in lower case, its name in `trackPgPool`. */
  readonly entity?: string;
  /**
   * The columns that distinguish lists, as in the option `lists` of the adapter that reads: a change then reports in
   * which lists its rows were and are. At most five. Default: none; a change counts for every list of the table.
   */
  readonly lists?: string | readonly string[];
  /** Columns that no page shows, such as a view counter: an update of only these is not reported. */
  readonly ignore?: readonly string[];
}

export interface TriggerOptions {
  /** Default: `staticgenerator`. The triggers and functions are named after it. */
  readonly channel?: string;
}

/** A table with its defaults. */
export interface ResolvedTriggerTable {
  readonly schema: string | undefined;
  readonly table: string;
  readonly key: readonly string[];
  readonly entity: string;
  readonly lists: readonly string[];
  readonly ignore: readonly string[];
}

const TABLE_OPTIONS = ['table', 'schema', 'key', 'entity', 'lists', 'ignore'] as const;
/** Each notification contains their values, and its size is limited. */
const MAX_LISTS = 5;
const NAME = `a name of at most ${MAX_NAME_BYTES} bytes`;
/** The size of a notification is limited, and each contains a model's name. */
const ENTITY = /^\P{Cc}{1,100}$/u;

/** Checks tables and options, and adds the defaults. Throws `ERR_OPTIONS` with every problem. */
export function resolveTriggers(
  tables: readonly (string | TriggerTable)[],
  options: TriggerOptions,
): { readonly tables: readonly ResolvedTriggerTable[]; readonly channel: string } {
  const problems: OptionProblem[] = [];
  const reader = new OptionReader(options, problems);
  reader.refuseUnknown(['channel']);
  const channel = readChannel(reader);
  if (!Array.isArray(tables) || tables.length === 0)
    reader.refuse('tables', 'an array of tables, and at least one', tables);
  const given = Array.isArray(tables) ? tables : [];
  const named = { tables: given.map((one) => (typeof one === 'string' ? { table: one } : one)) };
  const resolved = new OptionReader(named, problems).groups('tables').map(readTable);
  const names = resolved.map(({ schema = '', table }) => JSON.stringify([schema, table]));
  for (const [index, { table }] of resolved.entries())
    if (names.indexOf(names[index] ?? '') !== index)
      reader.refuse(`tables[${index}]`, 'another table', table);
  reader.throwProblems();
  return { tables: resolved, channel };
}

/** Reads the option `channel`, of triggers and listeners. */
export function readChannel(reader: OptionReader): string {
  return reader.oneOf('channel', NAME, isName, DEFAULT_CHANNEL);
}

function readTable(reader: OptionReader): ResolvedTriggerTable {
  reader.refuseUnknown(TABLE_OPTIONS);
  const [schema, table] = readNames(reader);
  const key = readColumns(reader, 'key', ['id']);
  const ignore = readColumns(reader, 'ignore', []);
  const lists = readColumns(reader, 'lists', []);
  if (lists.length > MAX_LISTS) reader.refuse('lists', `at most ${MAX_LISTS} columns`, lists.length);
  const shared = ignore.find((column) => key.includes(column) || lists.includes(column));
  if (shared !== undefined)
    reader.refuse('ignore', 'columns that are neither of the key nor of lists', shared);
  const entity = reader.oneOf('entity', 'a name of at most 100 characters', isEntity, tableName(table));
  return { schema, table, key, entity, lists, ignore };
}

function readNames(reader: OptionReader): readonly [string | undefined, string] {
  const table = reader.raw('table');
  const schema = reader.raw('schema');
  const at = typeof table === 'string' && schema === undefined ? table.indexOf('.') : -1;
  const parts =
    typeof table === 'string' && at !== -1 ? [table.slice(0, at), table.slice(at + 1)] : [schema, table];
  const [own, name] = parts;
  if (own !== undefined && !isName(own)) reader.refuse('schema', NAME, own);
  if (isName(name)) return [isName(own) ? own : undefined, name];
  reader.refuse('table', NAME, name);
  return [undefined, ''];
}

function readColumns(reader: OptionReader, option: string, fallback: readonly string[]): readonly string[] {
  const columns = [reader.raw(option) ?? fallback].flat();
  if (columns.every(isName)) return columns;
  reader.refuse(option, `columns, each ${NAME}`, columns);
  return [];
}

function isEntity(value: unknown): value is string {
  return typeof value === 'string' && ENTITY.test(value);
}
