/** A piece of SQL that matters. Comments are left out. */
export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'parameter' | 'sign';
  /** Words in lower case; names and texts without their quotes. */
  readonly text: string;
}

/** How string literals are written. In MySQL a backslash escapes a quote, in standard SQL it does not. */
export type TextSyntax = 'standard' | 'backslash';

const GAPS = String.raw`\s+|--[^\n]*|/\*[^]*?(?:\*/|$)`;
const PIECES = [
  String.raw`(?<dollar>\$(?<mark>[A-Za-z_]\w*)?\$[^]*?\$\k<mark>\$)`,
  '"(?<double>(?:[^"]|"")*)"',
  '`(?<back>(?:[^`]|``)*)`',
  String.raw`\[(?<bracket>[A-Za-z_][\w ]*)\]`,
  String.raw`(?<parameter>\$\w+|\?\d*|[:@](?=[A-Za-z_])\w+)`,
  String.raw`(?<number>\d[\w.]*)`,
  String.raw`(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
  '(?<sign>::|[^])',
];
const PATTERNS: Readonly<Record<TextSyntax, RegExp>> = {
  standard: pattern(String.raw`[eE]'(?:[^'\\]|\\[^]|'')*'|'(?<text>(?:[^']|'')*)'`),
  backslash: pattern(String.raw`'(?<text>(?:[^'\\]|\\[^]|'')*)'`),
};

/** Cuts SQL into tokens. Quoted names of every dialect are recognized. */
export function tokenize(sql: string, syntax: TextSyntax): readonly Token[] {
  const tokens: Token[] = [];
  for (const { groups = {} } of sql.matchAll(PATTERNS[syntax])) {
    const token = tokenOf(groups);
    if (token !== undefined) tokens.push(token);
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

function pattern(text: string): RegExp {
  return new RegExp(`(?<gap>${GAPS})|${text}|${PIECES.join('|')}`, 'g');
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>): Token | undefined {
  const { gap, word, number, parameter, sign, text } = groups;
  if (gap !== undefined) return undefined;
  if (word !== undefined) return { kind: 'word', text: word.toLowerCase() };
  if (number !== undefined) return { kind: 'number', text: number };
  if (parameter !== undefined) return { kind: 'parameter', text: parameter };
  if (sign !== undefined) return { kind: 'sign', text: sign };
  const name = groups.double ?? groups.back ?? groups.bracket;
  if (name !== undefined) return { kind: 'name', text: name };
  return { kind: 'text', text: text ?? '' };
}
