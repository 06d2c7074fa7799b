/** A piece of SQL that matters: what stands in comments and strings does not. */
export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'parameter' | 'sign';
  /** Words in lower case; names and texts without their quotes. */
  readonly text: string;
}

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
const STANDARD_TEXT = String.raw`[eE]'(?:[^'\\]|\\[^]|'')*'|'(?<text>(?:[^']|'')*)'`;
const BACKSLASH_TEXT = String.raw`'(?<text>(?:[^'\\]|\\[^]|'')*)'`;
const standard = pattern(STANDARD_TEXT);
const backslash = pattern(BACKSLASH_TEXT);

/** Cuts SQL of any dialect into tokens. In MySQL a backslash escapes a quote, in standard SQL it does not. */
export function tokenize(sql: string, { escapes }: { readonly escapes: boolean }): readonly Token[] {
  const tokens: Token[] = [];
  for (const { groups = {} } of sql.matchAll(escapes ? backslash : standard)) {
    const token = tokenOf(groups);
    if (token !== undefined) tokens.push(token);
  }
  return tokens;
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
