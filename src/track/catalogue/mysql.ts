import { mysqlSql } from '../sql/mysql/dialect.js';
import type { Kind } from './kind.js';

/** The catalogue of the database that a connection to MySQL or MariaDB has selected. */
export const mysql: Kind = {
  dialect: mysqlSql,
  name: 'MySQL or MariaDB',
  sql: `
select 'key' as kind, lower(used.referenced_table_name) as source, lower(used.table_name) as target,
  lower(used.referenced_column_name) as field, rules.delete_rule as deletes, rules.update_rule as updates, null as text
from information_schema.key_column_usage as used
join information_schema.referential_constraints as rules on rules.constraint_schema = used.constraint_schema
  and rules.constraint_name = used.constraint_name and rules.table_name = used.table_name
where used.referenced_table_name is not null
  and (used.table_schema = database() or used.referenced_table_schema = database())
union all
select 'view', lower(table_name), null, null, null, null, view_definition
from information_schema.views where table_schema = database()
union all
select 'trigger', lower(event_object_table), null, null, null, null, action_statement
from information_schema.triggers where trigger_schema = database()`,
  unseen: `
select 'table' as kind, lower(table_name) as name, null as text
from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'
union all
select 'database', schema_name, null from information_schema.schemata where schema_name = database()
union all
select 'keyless', lower(table_name), null
from information_schema.tables as own
where table_schema = database() and table_type = 'BASE TABLE' and not exists (
  select 1 from information_schema.table_constraints as used
  where used.table_schema = own.table_schema and used.table_name = own.table_name and constraint_type = 'PRIMARY KEY')
union all
select 'function', lower(routine_name), routine_definition
from information_schema.routines where routine_schema = database()
union all
select 'event', lower(event_name), event_definition
from information_schema.events where event_schema = database()`,
};
