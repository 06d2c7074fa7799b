import { atCaller } from '../../../errors.js';
import { composeName, quoteBody, quoteName, quoteText } from '../names.js';
import {
  type ResolvedTriggerTable,
  resolveTriggers,
  type TriggerOptions,
  type TriggerTable,
} from './tables.js';

/** SQL for a migration; it begins and commits no transaction of its own. */
export interface Migration {
  /** Adds the triggers, or replaces those that are there. */
  readonly up: string;
  /** Removes all of it. */
  readonly down: string;
}

/** A notification may be 8,000 bytes; this is for keys, and leaves room for one more, for lists and for what stands around them. */
const KEYS_BYTES = 4_500;
/** Rows of more lists by one column than this, or of longer values, are told as those of any list. */
const MAX_VALUES = 20;
const VALUES_BYTES = 200;
const MAX_KEY_BYTES = 1_000;
/** More rows than this in one statement are told as any row: pages are looked for by each. */
const MAX_KEYS = 500;
/** Of these alone it is certain that an adapter spells a key as PostgreSQL does. */
const KEY_TYPES = 'int2,int4,int8,uuid,text,varchar';
const EVENTS = {
  insert: 'new table as new_rows',
  update: 'old table as old_rows new table as new_rows',
  delete: 'old table as old_rows',
  truncate: undefined,
} as const;
const EVENT_NAMES = ['insert', 'update', 'delete', 'truncate'] as const;

/**
 * Triggers that tell {@link listenPostgres} of every change of these tables, whoever makes it. For PostgreSQL 14 and newer.
 * Throws `ERR_OPTIONS`.
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

/** What can have no trigger is refused, with what to do instead. */
function checkKind(target: string): string {
  return `do ${quoteBody(`begin
  if (select relkind from pg_catalog.pg_class where oid = ${quoteText(target)}::pg_catalog.regclass) not in ('r', 'p') then
    raise exception '% is a view or a foreign table, which reports no changes', ${quoteText(target)}
      using hint = 'Name the tables that it shows. After REFRESH MATERIALIZED VIEW, notify the channel: NOTIFY staticgenerator, ''{"e":"the view"}''.';
  end if;
end`)};`;
}

/** For a table, its partitions and those that inherit from it: one that is written by its own name fires no trigger of the table above it. */
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

/** A column that is not there fails here, and not where somebody writes a row. */
function checkColumns({ key, lists, ignore }: ResolvedTriggerTable, target: string): readonly string[] {
  const columns = [...key, ...lists, ...ignore].map((column) => quoteName(column));
  if (columns.length === 0) return [];
  return [`do ${quoteBody(`begin perform ${columns.join(', ')} from ${target} limit 0; end`)};`];
}

/** As a text for `format`, on a table to be put in. */
function createTrigger(event: (typeof EVENT_NAMES)[number], name: string, called: string): string {
  const tables = EVENTS[event];
  const referencing = tables === undefined ? '' : `referencing ${tables} `;
  return `create or replace trigger ${escaped(name)} after ${event} on %1$s
  ${referencing}for each statement execute function ${escaped(called)};`;
}

/** The keys are gathered in the way of each event. A column that has been renamed since must not make a write fail. */
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

/** Adds the values by which lists are told apart to the head, as they were and as they are. */
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

/** At most one more than are told. A key that is unknown, or too long, is null. */
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

/** Rows as they were and as they are: a key may have been changed. */
function updatedRows(table: ResolvedTriggerTable): string {
  const { ignore } = table;
  if (ignore.length === 0) return `${rowsIn(table, 'old_rows')} union all ${rowsIn(table, 'new_rows')}`;
  const names = `array[${ignore.map(quoteText).join(', ')}]`;
  // As text, since values that are equal may be shown in different ways: 1.0 and 1.00.
  const whole = (rows: string) =>
    `select ${keyExpression(table.key)} as key, (to_jsonb(one.*) - ${names})::text as others from ${rows} as one`;
  const difference = (from: string, other: string) => `(${whole(from)} except all ${whole(other)})`;
  return `${difference('old_rows', 'new_rows')} union all ${difference('new_rows', 'old_rows')}`;
}

/** A key as JSON; null where it is unknown whether an adapter would spell it so. */
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

/** As it stands in a text for `format`. */
function escaped(text: string): string {
  return text.replaceAll('%', '%%');
}
