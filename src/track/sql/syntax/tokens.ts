import { quotedAt, type TextSyntax } from './quotes.js';

/** A piece of SQL. Comments and white space are left out. */
export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'parameter' | 'sign';
  /** Words are in lower case; names and texts are without their quotes. */
  readonly text: string;
}

const PIECE = new RegExp(
  [
    String.raw`(?<gap>\s+)`,
    String.raw`(?<parameter>\$\w+|\?\d*|[:@](?=[A-Za-z_])\w+)`,
    String.raw`(?<number>\d[\w.]*)`,
    String.raw`(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
    '(?<sign>::|[^])',
  ].join('|'),
  'y',
);

/** Splits SQL into tokens. Recognizes the quoted names of every dialect. Throws if it cannot read the text. */
export function tokenize(sql: string, syntax: TextSyntax): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    const quoted = quotedAt(sql, at, syntax);
    if (quoted !== undefined) {
      if (quoted.kind !== undefined) tokens.push({ kind: quoted.kind, text: quoted.text });
      at = quoted.end;
    } else {
      PIECE.lastIndex = at;
      const { groups = {} } = PIECE.exec(sql) ?? {};
      const token = tokenOf(groups);
      if (token !== undefined) tokens.push(token);
      at = PIECE.lastIndex;
    }
  }
  return tokens;
}

export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text);
}

export function isSign(token: Token | undefined, sign: string): boolean {
  return token?.kind === 'sign' && token.text === sign;
}

export function isComma(token: Token): boolean {
  return isSign(token, ',');
}

function tokenOf({
  word,
  number,
  parameter,
  sign,
}: Readonly<Record<string, string | undefined>>): Token | undefined {
  if (word !== undefined) return { kind: 'word', text: word.toLowerCase() };
  if (number !== undefined) return { kind: 'number', text: number };
  if (parameter !== undefined) return { kind: 'parameter', text: parameter };
  return sign === undefined ? undefined : { kind: 'sign', text: sign };
}
