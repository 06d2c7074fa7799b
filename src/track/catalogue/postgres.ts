import { anySql } from '../sql/dialect.js';
import type { Kind } from './kind.js';

const rule = (column: string) =>
  `case ${column} when 'c' then 'CASCADE' when 'n' then 'SET NULL' when 'd' then 'SET DEFAULT' end`;

/** What a rule depends on: the tables that a view shows, or that a rule of a table writes. */
const DEPENDENCIES = `
from pg_catalog.pg_rewrite as rule
join pg_catalog.pg_class as owner on owner.oid = rule.ev_class
join pg_catalog.pg_namespace as space on space.oid = owner.relnamespace
join pg_catalog.pg_depend as link on link.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and link.objid = rule.oid`;
const OURS = `space.nspname not in ('pg_catalog', 'information_schema')`;

/** The catalogue of PostgreSQL. A materialized view counts as a table; what refreshes it may change anything. */
export const postgres: Kind = {
  dialect: anySql,
  name: 'PostgreSQL',
  sql: `
select 'key' as kind, lower(referenced.relname) as source, lower(referencing.relname) as target,
  lower(attname::text) as field, ${rule('confdeltype')} as deletes, ${rule('confupdtype')} as updates, null::text as text
from pg_catalog.pg_constraint
join pg_catalog.pg_class as referenced on referenced.oid = confrelid
join pg_catalog.pg_class as referencing on referencing.oid = conrelid
join pg_catalog.pg_attribute on attrelid = confrelid and attnum = any(confkey)
where contype = 'f' and (confdeltype in ('c', 'n', 'd') or confupdtype in ('c', 'n', 'd'))
union all
select distinct case owner.relkind when 'v' then 'view' else 'trigger' end, lower(owner.relname), lower(shown.relname),
  null, null, null, null ${DEPENDENCIES}
join pg_catalog.pg_class as shown
  on link.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and shown.oid = link.refobjid
where ${OURS} and shown.oid <> owner.oid and owner.relkind in ('v', 'r', 'p')
union all
select distinct 'opaque', lower(owner.relname), null, null, null, null, null ${DEPENDENCIES}
join pg_catalog.pg_proc on link.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and pg_proc.oid = link.refobjid
where ${OURS} and provolatile <> 'i' and pg_proc.oid >= 16384 and owner.relkind = 'v'
union all
select 'part', lower(parent.relname), lower(child.relname), null, null, null, null
from pg_catalog.pg_inherits
join pg_catalog.pg_class as parent on parent.oid = inhparent
join pg_catalog.pg_class as child on child.oid = inhrelid
where child.relkind <> 'i' and child.relkind <> 'I'
union all
select 'trigger', lower(owner.relname), null, null, null, null,
  case lanname when 'plpgsql' then prosrc when 'internal' then '' else 'perform' end
from pg_catalog.pg_trigger
join pg_catalog.pg_class as owner on owner.oid = tgrelid
join pg_catalog.pg_proc on pg_proc.oid = tgfoid
join pg_catalog.pg_language as language on language.oid = prolang
where not tgisinternal and proname not like 'staticgenerator%'`,
  unseen: `
select 'database' as kind, current_database()::text as name, null::text as text
union all
select distinct 'told', lower(owner.relname), null
from pg_catalog.pg_trigger
join pg_catalog.pg_class as owner on owner.oid = tgrelid
join pg_catalog.pg_proc on pg_proc.oid = tgfoid
where not tgisinternal and prosrc like '%head text := ''{"e":%'
union all
select case relkind when 'm' then 'materialized' when 'f' then 'foreign' else 'table' end, lower(relname), null
from pg_catalog.pg_class
join pg_catalog.pg_namespace as space on space.oid = relnamespace
where ${OURS} and relkind in ('r', 'p', 'm', 'f')
union all
select 'keyless', lower(relname), null
from pg_catalog.pg_class
join pg_catalog.pg_namespace as space on space.oid = relnamespace
where ${OURS} and relkind in ('r', 'p') and not relispartition
  and not exists (select from pg_catalog.pg_constraint where conrelid = pg_class.oid and contype = 'p')
union all
select 'function', lower(proname),
  case when lanname in ('sql', 'plpgsql') then coalesce(nullif(prosrc, ''), pg_catalog.pg_get_functiondef(pg_proc.oid))
    else 'perform' end
from pg_catalog.pg_proc
join pg_catalog.pg_namespace as space on space.oid = pronamespace
join pg_catalog.pg_language as language on language.oid = prolang
where ${OURS} and provolatile = 'v' and prokind in ('f', 'p') and prorettype <> 'pg_catalog.trigger'::pg_catalog.regtype
  and not exists (
    select from pg_catalog.pg_depend
    where classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and objid = pg_proc.oid and deptype = 'e')`,
};
