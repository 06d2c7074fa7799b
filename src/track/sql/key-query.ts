import { LRUCache } from 'lru-cache';
import type { Statement } from './statement.js';
import { tokenize } from './syntax/tokens.js';

/**
 * A joined query that is asked for nothing but the keys of the rows of its first table, `select distinct x.p_id from (…) x`:
 * without the tables that have no say in which keys these are. What comes next reads them.
 */
export function askedForKeys(statement: Statement, around: string): Statement {
  const [first] = statement.reads;
  if (first === undefined || !statement.isPlain || !namesOnly(first.alias, statement, around))
    return statement;
  return {
    ...statement,
    reads: statement.reads.filter((read) => read === first || matters(statement, read.alias)),
  };
}

/** Whether a table can add, remove or order rows of those before it. */
function matters({ joins }: Pick<Statement, 'joins'>, alias: string, seen: readonly string[] = []): boolean {
  const join = joins.get(alias);
  if (join === undefined || !join.isLeft || join.isNamed || seen.includes(alias)) return true;
  return [...join.users].some((user) => matters({ joins }, user, [...seen, alias]));
}

/** Whether the names in the query around are those of columns of one table alone. */
function namesOnly(alias: string, { selected }: Statement, around: string): boolean {
  const own = [...selected.names]
    .filter(([column]) => column.startsWith(`${alias}.`))
    .map(([, name]) => name);
  const known = new Set(['distinctAlias', ...own, ...own.map((name) => `ids_${name}`)]);
  return namesIn(around).every((name) => known.has(name));
}

/** By the text around: there are as many as queries with joins in the app, and they come with every render. */
const named = new LRUCache<string, readonly string[]>({ max: 500 });
/** In characters. */
const LONGEST_KEPT = 4_096;

function namesIn(around: string): readonly string[] {
  const known = named.get(around);
  if (known !== undefined) return known;
  const names = tokenize(around, 'standard').flatMap(({ kind, text }) => (kind === 'name' ? [text] : []));
  if (around.length <= LONGEST_KEPT) named.set(around, names);
  return names;
}
