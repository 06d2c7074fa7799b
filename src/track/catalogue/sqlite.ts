import { anySql } from '../sql/dialect.js';
import type { Kind } from './kind.js';

/** The catalogue of a database of SQLite. A foreign key that names no column refers to the primary key. */
export const sqlite: Kind = {
  dialect: anySql,
  sql: `
select 'key' as kind, lower(used."table") as source, lower(own.name) as target,
  lower(coalesce(used."to", referenced.name)) as field, used.on_delete as deletes, used.on_update as updates, null as text
from sqlite_schema as own join pragma_foreign_key_list(own.name) as used
left join pragma_table_info(used."table") as referenced on used."to" is null and referenced.pk > 0
where own.type = 'table'
union all
select type, lower(tbl_name), null, null, null, null, sql from sqlite_schema where type in ('view', 'trigger')
union all
select type, lower(tbl_name), null, null, null, null, sql from sqlite_temp_schema where type in ('view', 'trigger')`,
};
