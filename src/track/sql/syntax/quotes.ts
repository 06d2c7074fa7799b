/**
 * How string literals and comments are written. In MySQL, a backslash escapes a quote; in standard SQL, it does not. In
 * PostgreSQL, comments nest.
 */
export type TextSyntax = 'standard' | 'backslash' | 'nested';

/** A quoted name or text, or a comment, at a place in SQL. */
export interface Quoted {
  /** `undefined` for a comment. */
  readonly kind: 'name' | 'text' | undefined;
  readonly text: string;
  /** The index after its last character. */
  readonly end: number;
}

const DOLLAR_MARK = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const OWN_ESCAPE = /\s*uescape\b/iy;
const ESCAPED = /\\(?:\\|([\da-f]{4})|\+([\da-f]{6}))/gi;
/** A name in brackets. After a name or another value, brackets belong to an array. */
const BRACKETS = /\[([A-Za-z_\u0080-\uffff][^\]]*)\]/y;
const BEFORE_BRACKETS = /[\s,(.]/;

/** Reads a comment, or what is quoted and has an end, if it begins here. Uses no pattern: a text may be very long. */
export function quotedAt(sql: string, at: number, syntax: TextSyntax): Quoted | undefined {
  const first = sql[at];
  if (first === '-' && sql[at + 1] === '-') return comment(endOf(sql, '\n', at));
  if (first === '/' && sql[at + 1] === '*') return comment(endOfBlock(sql, at, syntax === 'nested'));
  if (first === "'") return between(sql, at, syntax === 'backslash' ? 'backslash' : 'doubled');
  if (first === '"' || first === '`') return between(sql, at, 'doubled');
  if (first === '$') return dollarQuoted(sql, at);
  if (first === '[') return bracketed(sql, at);
  if (first === 'e' || first === 'E') return syntax === 'backslash' ? undefined : escaped(sql, at);
  return first === 'u' || first === 'U' ? unicode(sql, at) : undefined;
}

function comment(end: number): Quoted {
  return { kind: undefined, text: '', end };
}

function endOf(sql: string, mark: string, from: number): number {
  const found = sql.indexOf(mark, from);
  return found === -1 ? sql.length : found + mark.length;
}

/** Finds the end of a comment. In PostgreSQL, comments nest; in other databases, they do not. */
function endOfBlock(sql: string, at: number, isNested: boolean): number {
  if (!isNested) return endOf(sql, '*/', at + 2);
  let from = at + 2;
  for (let depth = 1; depth > 0; ) {
    const close = sql.indexOf('*/', from);
    const open = sql.indexOf('/*', from);
    if (close === -1) return sql.length;
    const isOpening = open !== -1 && open < close;
    depth += isOpening ? 1 : -1;
    from = (isOpening ? open : close) + 2;
  }
  return from;
}

/** Reads what is in quotes. A quote inside is doubled or, in some databases, follows a backslash. */
function between(sql: string, at: number, escaping: 'doubled' | 'backslash'): Quoted | undefined {
  const quote = sql[at] ?? '';
  for (let from = at + 1; ; ) {
    const close = sql.indexOf(quote, from);
    if (close === -1) return undefined;
    if (escaping === 'backslash' && isEscaped(sql, from, close)) from = close + 1;
    else if (sql[close + 1] === quote) from = close + 2;
    else {
      const text = sql.slice(at + 1, close);
      return quote === "'" ? { kind: 'text', text, end: close + 1 } : { kind: 'name', text, end: close + 1 };
    }
  }
}

function isEscaped(sql: string, from: number, close: number): boolean {
  let count = 0;
  while (close - count > from && sql[close - count - 1] === '\\') count += 1;
  return count % 2 === 1;
}

function escaped(sql: string, at: number): Quoted | undefined {
  const quoted = sql[at + 1] === "'" ? between(sql, at + 1, 'backslash') : undefined;
  // The escapes are not decoded.
  return quoted && { ...quoted, text: '' };
}

function dollarQuoted(sql: string, at: number): Quoted | undefined {
  DOLLAR_MARK.lastIndex = at;
  const mark = DOLLAR_MARK.exec(sql)?.[0];
  const close = mark === undefined ? -1 : sql.indexOf(mark, at + mark.length);
  if (mark === undefined || close === -1) return undefined;
  return { kind: 'text', text: '', end: close + mark.length };
}

function bracketed(sql: string, at: number): Quoted | undefined {
  BRACKETS.lastIndex = at;
  const text = BRACKETS.exec(sql)?.[1];
  if (text === undefined || (at > 0 && !BEFORE_BRACKETS.test(sql[at - 1] ?? ''))) return undefined;
  return { kind: 'name', text, end: at + text.length + 2 };
}

/** Reads PostgreSQL's `U&"d\0061ta"`. Throws if UESCAPE sets another escape character. */
function unicode(sql: string, at: number): Quoted | undefined {
  if (sql[at + 1] !== '&' || (sql[at + 2] !== '"' && sql[at + 2] !== "'")) return undefined;
  const quoted = between(sql, at + 2, 'doubled');
  if (quoted === undefined) return undefined;
  OWN_ESCAPE.lastIndex = quoted.end;
  if (OWN_ESCAPE.test(sql)) throw new Error('A name or text with UESCAPE cannot be read');
  const text = quoted.text.replace(ESCAPED, (_, four?: string, six?: string) => {
    const code = four ?? six;
    return code === undefined ? '\\' : String.fromCodePoint(Number.parseInt(code, 16));
  });
  return { ...quoted, text };
}
