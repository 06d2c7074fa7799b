import { LRUCache } from 'lru-cache';
import type { StatementText } from './statement.js';
import { tokenize } from './syntax/tokens.js';

/** A joined query without the tables that do not affect which rows of its first table it returns. */
interface KeyQuery {
  readonly text: StatementText;
  /** The names that the query around it may use, if it uses only columns of the first table. */
  readonly names: ReadonlySet<string>;
}

const keyQueries = new WeakMap<StatementText, KeyQuery>();

/**
 * Returns a joined query without the tables that do not affect the keys of its first table, if the query around it asks
 * only for these keys: `select distinct x.p_id from (…) x`. The ORM's next query reads the other tables.
 */
export function askedForKeys(text: StatementText, around: string): StatementText {
  const query = keyQueries.get(text) ?? keyQueryOf(text);
  keyQueries.set(text, query);
  return namesIn(around).every((name) => query.names.has(name)) ? query.text : text;
}

function keyQueryOf(text: StatementText): KeyQuery {
  const [first] = text.reads;
  if (first === undefined || !text.isPlain) return { text, names: new Set() };
  const own = [...text.selected.names]
    .filter(([column]) => column.startsWith(`${first.alias}.`))
    .map(([, name]) => name);
  const reads = text.reads.filter((read) => read === first || matters(text, read.alias));
  return {
    text: { ...text, reads },
    names: new Set(['distinctAlias', ...own, ...own.map((name) => `ids_${name}`)]),
  };
}

/** Whether a table can add, remove or order rows of the tables before it. */
function matters(
  { joins }: Pick<StatementText, 'joins'>,
  alias: string,
  seen: readonly string[] = [],
): boolean {
  const join = joins.get(alias);
  if (join === undefined || !join.isLeft || join.isNamed || seen.includes(alias)) return true;
  return [...join.users].some((user) => matters({ joins }, user, [...seen, alias]));
}

/** Names by outer query. An app has about as many of these as queries with joins, and sends them with every render. */
const named = new LRUCache<string, readonly string[]>({ max: 500 });
/** The longest outer query that is remembered, in characters. */
const LONGEST_KEPT = 4_096;

function namesIn(around: string): readonly string[] {
  const known = named.get(around);
  if (known !== undefined) return known;
  const names = tokenize(around, 'standard').flatMap(({ kind, text }) => (kind === 'name' ? [text] : []));
  if (around.length <= LONGEST_KEPT) named.set(around, names);
  return names;
}
