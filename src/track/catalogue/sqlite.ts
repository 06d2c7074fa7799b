import { anySql } from '../sql/dialect.js';
import type { Kind } from './kind.js';

/** The catalogue of an SQLite database. A foreign key that names no column refers to the primary key. */
export const sqlite: Kind = {
  dialect: anySql,
  name: 'SQLite',
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
  unseen: `
select 'database' as kind, coalesce(nullif(file, ''), ':memory:') as name, null as text
from pragma_database_list where name = 'main'
union all
select 'table', lower(name), null from sqlite_schema where type = 'table'
union all
select 'keyless', lower(own.name), null from sqlite_schema as own
where type = 'table' and own.name not like 'sqlite\\_%' escape '\\' and own.sql not like 'create virtual %'
  and not exists (select 1 from pragma_table_info(own.name) where pk > 0)`,
};
