import { LRUCache } from 'lru-cache';
import type { StatementText } from './statement.js';
import { tokenize } from './syntax/tokens.js';

/** A joined query without the tables that have no say in which rows of its first one there are. */
interface KeyQuery {
  readonly text: StatementText;
  /** What a query around it may name, and be about the keys of its first table alone. */
  readonly names: ReadonlySet<string>;
}

const keyQueries = new WeakMap<StatementText, KeyQuery>();

/**
 * A joined query that is asked for nothing but the keys of the rows of its first table, `select distinct x.p_id from (…) x`:
 * without the tables that have no say in which keys these are. What comes next reads them.
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

/** Whether a table can add, remove or order rows of those before it. */
function matters(
  { joins }: Pick<StatementText, 'joins'>,
  alias: string,
  seen: readonly string[] = [],
): boolean {
  const join = joins.get(alias);
  if (join === undefined || !join.isLeft || join.isNamed || seen.includes(alias)) return true;
  return [...join.users].some((user) => matters({ joins }, user, [...seen, alias]));
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
