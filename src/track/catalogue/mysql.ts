import { mysqlSql } from '../sql/mysql/dialect.js';
import type { Kind } from './kind.js';

/** The catalogue of the database that a connection of MySQL or MariaDB has chosen. */
export const mysql: Kind = {
  dialect: mysqlSql,
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
};
