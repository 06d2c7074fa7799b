import { atCaller } from '../../../errors.js';
import { composeName, quoteBody, quoteName, quoteText } from '../names.js';
import {
  type ResolvedTriggerTable,
  resolveTriggers,
  type TriggerOptions,
  type TriggerTable,
} from './tables.js';

/** SQL for a migration. It does not begin or commit a transaction. */
export interface Migration {
  /** Adds the triggers, or replaces existing ones. */
  readonly up: string;
  /** Removes the triggers and their functions. */
  readonly down: string;
}

/** A notification may have 8,000 bytes. This part is for keys; the rest for one more key, lists and the other text. */
const KEYS_BYTES = 4_500;
/** Rows of more lists by one column than this, or of lists with longer values, are reported as rows of any list. */
const MAX_VALUES = 20;
const VALUES_BYTES = 200;
const MAX_KEY_BYTES = 1_000;
/** More rows than this in one statement are reported as any row, because pages are looked for by each row. */
const MAX_KEYS = 500;
/** The only types whose keys an adapter certainly spells as PostgreSQL does. */
const KEY_TYPES = 'int2,int4,int8,uuid,text,varchar';
const EVENTS = {
  insert: 'new table as new_rows',
  update: 'old table as old_rows new table as new_rows',
  delete: 'old table as old_rows',
  truncate: undefined,
} as const;
const EVENT_NAMES = ['insert', 'update', 'delete', 'truncate'] as const;

/**
 * Returns triggers that report every change of these tables to {@link listenPostgres}, no matter which program makes
 * it. For PostgreSQL 14 and newer. Throws `ERR_OPTIONS`.
 */
export function postgresTriggers(
  tables: readonly (string | TriggerTable)[],
  options: TriggerOptions = {},
): Migration {
  const resolved = atCaller(postgresTriggers, () => resolveTriggers(tables, options));
  const parts = resolved.tables.map((table) => migrationOf(table, resolved.channel));
  return {
    up: `${parts.map(({ up }) => up).join('\n\n')}\n`,
    down: `${parts.map(({ down }) => down).join('\n\n')}\n`,
  };
}

function migrationOf(table: ResolvedTriggerTable, channel: string): Migration {
  const within = table.schema === undefined ? [] : [table.schema];
  const target = quoteName(...within, table.table);
  const called = `${quoteName(...within, composeName(channel, table.table))}()`;
  const triggers = EVENT_NAMES.map((event) => [event, quoteName(composeName(channel, event))] as const);
  const created = triggers.map(([event, name]) => createTrigger(event, name, called));
  const dropped = triggers.map(([, name]) => `drop trigger if exists ${escaped(name)} on %1$s;`);
  return {
    up: [
      checkKind(target),
      ...checkColumns(table, target),
      `create or replace function ${called} returns trigger`,
      'language plpgsql set search_path = pg_catalog, pg_temp',
      `as ${quoteBody(functionBody(table, channel))};`,
      onEach(target, created),
    ].join('\n'),
    down: [onEach(target, dropped), `drop function if exists ${called};`].join('\n'),
  };
}

/** Returns SQL that refuses what can have no trigger, and says what to do instead. */
function checkKind(target: string): string {
  return `do ${quoteBody(`begin
  if (select relkind from pg_catalog.pg_class where oid = ${quoteText(target)}::pg_catalog.regclass) not in ('r', 'p') then
    raise exception '% is a view or a foreign table, which reports no changes', ${quoteText(target)}
      using hint = 'Name the tables that it shows. After REFRESH MATERIALIZED VIEW, notify the channel: NOTIFY staticgenerator, ''{"e":"the view"}''.';
  end if;
end`)};`;
}

/** Covers a table, its partitions and child tables: a write to one of these by name fires no trigger of the parent. */
function onEach(target: string, statements: readonly string[]): string {
  return `do ${quoteBody(`declare one pg_catalog.regclass;
begin
  for one in
    with recursive tables (oid) as (
      select ${quoteText(target)}::pg_catalog.regclass::pg_catalog.oid
      union select inhrelid from pg_catalog.pg_inherits join tables on inhparent = tables.oid
    )
    select pg_class.oid from pg_catalog.pg_class join tables using (oid) where relkind in ('r', 'p') order by 1
  loop
    execute pg_catalog.format(${quoteBody(statements.join('\n'))}, one);
  end loop;
end`)};`;
}

/** Returns SQL that makes the migration fail if a column is missing, so that no later write fails. */
function checkColumns({ key, lists, ignore }: ResolvedTriggerTable, target: string): readonly string[] {
  const columns = [...key, ...lists, ...ignore].map((column) => quoteName(column));
  if (columns.length === 0) return [];
  return [`do ${quoteBody(`begin perform ${columns.join(', ')} from ${target} limit 0; end`)};`];
}

/** Returns the SQL of a trigger, as a text for `format`, which inserts the table. */
function createTrigger(event: (typeof EVENT_NAMES)[number], name: string, called: string): string {
  const tables = EVENTS[event];
  const referencing = tables === undefined ? '' : `referencing ${tables} `;
  return `create or replace trigger ${escaped(name)} after ${event} on %1$s
  ${referencing}for each statement execute function ${escaped(called)};`;
}

/** Returns the function's body. It collects the keys of each event. A renamed column must not make a write fail. */
function functionBody(table: ResolvedTriggerTable, channel: string): string {
  const head = `${quoteText(`{"e":${JSON.stringify(table.entity)},"a":"`)} || left(tg_op, 1) || '"'`;
  const notify = (payload: string) => `pg_notify(${quoteText(channel)}, ${payload})`;
  return `declare
  head text := ${head};
  keys text[];
begin
  if tg_op = 'INSERT' then
    keys := ${keysFrom(rowsIn(table, 'new_rows'))};
${listsOf(table, ['new_rows'])}
  elsif tg_op = 'DELETE' then
    keys := ${keysFrom(rowsIn(table, 'old_rows'))};
${listsOf(table, ['old_rows'])}
  elsif tg_op = 'UPDATE' then
    keys := ${keysFrom(updatedRows(table))};
    if exists (${rowsIn(table, 'new_rows')} except ${rowsIn(table, 'old_rows')}) then
      head := replace(head, '"a":"U"', '"a":"M"'); -- rows have got other keys
    end if;
${listsOf(table, ['old_rows', 'new_rows'])}
  end if;
  if cardinality(keys) = 0 then
    null; -- no row was changed
  elsif cardinality(keys) <= ${MAX_KEYS} and array_position(keys, null) is null then
    perform ${notify(`head || ',"k":[' || string_agg(part.key, ',') || ']}'`)}
    from (
      select key, sum(octet_length(key) + 1) over (order by key) / ${KEYS_BYTES} as number
      from unnest(keys) as key
    ) as part
    group by part.number;
  else
    perform ${notify(`head || '}'`)}; -- which rows is not known, or they are too many
  end if;
  return null;
exception when undefined_column then
  perform ${notify(`head || '}'`)};
  return null;
end`;
}

/** Returns SQL that adds the values that distinguish lists to the head, both old and new ones. */
function listsOf({ lists }: ResolvedTriggerTable, rows: readonly string[]): string {
  if (lists.length === 0) return '';
  const values = lists.map((column) => {
    const all = rows.map((one) => `select one.${quoteName(column)}::text as value from ${one} as one`);
    const name = quoteText(`${JSON.stringify(column.toLowerCase())}:`);
    return `(select case when count(*) <= ${MAX_VALUES} and coalesce(sum(octet_length(value)), 0) <= ${VALUES_BYTES}
        then ${name} || json_agg(value) end
      from (select distinct value from (${all.join(' union all ')}) as every limit ${MAX_VALUES + 1}) as part)`;
  });
  return `    head := head || ',"l":{' || concat_ws(',', ${values.join(', ')}) || '}';`;
}

/** Returns SQL for the keys, at most one more than are reported. A key that is unknown or too long is null. */
function keysFrom(rows: string): string {
  return `array(
      select distinct case when octet_length(key) <= ${MAX_KEY_BYTES} then key end
      from (${rows}) as changed
      limit ${MAX_KEYS + 1}
    )`;
}

function rowsIn({ key }: ResolvedTriggerTable, rows: string): string {
  return `select ${keyExpression(key)} as key from ${rows} as one`;
}

/** Returns SQL for the rows before and after an update, because it may have changed keys. */
function updatedRows(table: ResolvedTriggerTable): string {
  const { ignore } = table;
  if (ignore.length === 0) return `${rowsIn(table, 'old_rows')} union all ${rowsIn(table, 'new_rows')}`;
  const names = `array[${ignore.map(quoteText).join(', ')}]`;
  // As text, since equal values may be shown in different ways: 1.0 and 1.00.
  const whole = (rows: string) =>
    `select ${keyExpression(table.key)} as key, (to_jsonb(one.*) - ${names})::text as others from ${rows} as one`;
  const difference = (from: string, other: string) => `(${whole(from)} except all ${whole(other)})`;
  return `${difference('old_rows', 'new_rows')} union all ${difference('new_rows', 'old_rows')}`;
}

/** Returns SQL for a key as JSON; null if an adapter might spell it in another way. */
function keyExpression(key: readonly string[]): string {
  const columns = key.map((column) => `one.${quoteName(column)}`);
  const [only = ''] = columns;
  if (columns.length === 0) return 'null::text';
  const isKnown = columns
    .map((column) => `${column} is not null and pg_typeof(${column}) = any ('{${KEY_TYPES}}'::regtype[])`)
    .join(' and ');
  const texts = columns.map((column) => `${column}::text`).join(', ');
  const json = columns.length === 1 ? `to_json(${only}::text)` : `json_build_array(${texts})`;
  return `case when ${isKnown} then ${json}::text end`;
}

/** Escapes a text for `format`. */
function escaped(text: string): string {
  return text.replaceAll('%', '%%');
}
