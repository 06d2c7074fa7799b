import type { Token } from '../syntax/tokens.js';
import type { MysqlMode } from './mode.js';
import { quotedAt } from './quotes.js';

const PIECE = new RegExp(
  [
    String.raw`(?<gap>\s+)`,
    String.raw`(?<parameter>\?|:(?=[A-Za-z_])\w+|@@?[\w$.]*)`,
    // Names may begin with a digit: a number that letters follow is part of a name.
    String.raw`(?<number>(?:0x[\da-f]+|0b[01]+|\d+(?:\.\d*)?(?:e[+-]?\d+)?)(?![\w$\u0080-\uffff]))`,
    String.raw`(?<word>[\w$\u0080-\uffff]+)`,
    '(?<sign>[^])',
  ].join('|'),
  'yi',
);

/** Two signs that are words too. With PIPES_AS_CONCAT, `||` joins texts; read as OR, it makes a condition uncertain. */
const OPERATORS: Readonly<Record<string, string>> = { '||': 'or', '&&': 'and' };

/** Keywords of other databases that may be names of tables in MySQL. */
const NAMES: ReadonlySet<string> = new Set([
  ...['only', 'offset', 'full', 'restart', 'window', 'returning', 'indexed', 'tablesample'],
]);
/** The words and signs that a table may follow. */
const BEFORE_TABLE: ReadonlySet<string> = new Set([
  ...['from', 'join', 'into', 'update', 'table', 'insert', 'replace', 'truncate', ',', 'ignore', 'using'],
]);

/** Splits SQL of MySQL or MariaDB into tokens. Throws if it cannot read the text. */
export function tokenizeMysql(sql: string, mode: MysqlMode): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    const quoted = quotedAt(sql, at, mode);
    if (quoted !== undefined) {
      if (quoted.kind !== undefined) tokens.push({ kind: quoted.kind, text: quoted.text });
      at = quoted.end;
    } else {
      const operator = OPERATORS[sql.slice(at, at + 2)];
      const piece = operator === undefined ? pieceAt(sql, at, tokens.at(-1)) : undefined;
      if (operator !== undefined) tokens.push({ kind: 'word', text: operator });
      if (piece?.token !== undefined) tokens.push(piece.token);
      at = piece?.end ?? at + 2;
    }
  }
  refuse(tokens);
  return tokens;
}

function pieceAt(sql: string, at: number, before: Token | undefined) {
  PIECE.lastIndex = at;
  const { word, number, parameter, sign } = PIECE.exec(sql)?.groups ?? {};
  return { token: tokenOf({ word, number, parameter, sign }, before), end: PIECE.lastIndex };
}

function tokenOf(
  { word, number, parameter, sign }: Readonly<Record<string, string | undefined>>,
  before: Token | undefined,
): Token | undefined {
  if (word !== undefined) {
    const text = word.toLowerCase();
    if (NAMES.has(text) && BEFORE_TABLE.has(before?.text ?? '')) return { kind: 'name', text };
    return { kind: 'word', text: text === 'straight_join' ? 'join' : text };
  }
  // After a dot, it is a name.
  if (number !== undefined) return { kind: before?.text === '.' ? 'word' : 'number', text: number };
  if (parameter !== undefined) return { kind: 'parameter', text: parameter };
  return sign === undefined ? undefined : { kind: 'sign', text: sign };
}

/** Throws if a name is a parameter, so that it is not in the text, or if a join is in the syntax of ODBC. */
function refuse(tokens: readonly Token[]): void {
  for (const [at, { kind, text }] of tokens.entries()) {
    const next = tokens[at + 1]?.text;
    if (kind === 'parameter' && text === '?' && next === '?')
      throw new Error('a name is given as a parameter, `??`');
    if (kind === 'sign' && text === '{' && next === 'oj') throw new Error('a join is written as `{oj …}`');
  }
}
