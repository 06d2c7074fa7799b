import type { Quoted } from '../syntax/quotes.js';
import type { MysqlMode } from './mode.js';

/** The start of a comment that servers execute: all servers, or those from a version of five or six digits on. */
const RUN = /\/\*M?!(?:\d{5,6})?/y;
/** Two dashes begin a comment only if a space, a control character or the end of the text follows. */
const DASHES = /--(?=[\s\p{Cc}]|$)/uy;

/** Reads what begins at this place, if it is quoted or a comment. If its end is missing, it ends with the text. */
export function quotedAt(sql: string, at: number, mode: MysqlMode): Quoted | undefined {
  const first = sql[at];
  if (first === '#' || (first === '-' && matches(DASHES, sql, at))) return comment(endOf(sql, '\n', at));
  if (first === '/' && sql[at + 1] === '*') return block(sql, at, mode);
  // The end of a comment that the server executes.
  if (first === '*' && sql[at + 1] === '/' && mode.runsComments) return comment(at + 2);
  if (first === '`') return between(sql, at, { kind: 'name', hasEscapes: false });
  if (first === "'") return between(sql, at, { kind: 'text', hasEscapes: mode.hasEscapes });
  if (first !== '"') return undefined;
  return mode.hasAnsiQuotes
    ? between(sql, at, { kind: 'name', hasEscapes: false })
    : between(sql, at, { kind: 'text', hasEscapes: mode.hasEscapes });
}

function block(sql: string, at: number, { runsComments }: MysqlMode): Quoted {
  if (runsComments && matches(RUN, sql, at)) return comment(RUN.lastIndex);
  return comment(endOf(sql, '*/', at + 2));
}

function matches(pattern: RegExp, sql: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(sql);
}

function comment(end: number): Quoted {
  return { kind: undefined, text: '', end };
}

function endOf(sql: string, mark: string, from: number): number {
  const found = sql.indexOf(mark, from);
  return found === -1 ? sql.length : found + mark.length;
}

/** Reads what is in quotes. A quote inside is doubled or, in a string, follows a backslash. */
function between(
  sql: string,
  at: number,
  { kind, hasEscapes }: { readonly kind: 'name' | 'text'; readonly hasEscapes: boolean },
): Quoted {
  const quote = sql[at] ?? '';
  const text = (end: number) => unescaped(sql.slice(at + 1, end), quote, hasEscapes);
  for (let from = at + 1; ; ) {
    const close = sql.indexOf(quote, from);
    if (close === -1) return { kind, text: '', end: sql.length };
    if (hasEscapes && isEscaped(sql, at + 1, close)) from = close + 1;
    else if (sql[close + 1] === quote) from = close + 2;
    else return { kind, text: text(close), end: close + 1 };
  }
}

/** Returns what is in quotes. Escapes are not decoded: a string with a backslash becomes `\`, which is never a key. */
function unescaped(inner: string, quote: string, hasEscapes: boolean): string {
  if (hasEscapes && inner.includes('\\')) return '\\';
  return inner.replaceAll(quote + quote, quote);
}

function isEscaped(sql: string, start: number, close: number): boolean {
  let count = 0;
  while (close - count > start && sql[close - count - 1] === '\\') count += 1;
  return count % 2 === 1;
}
