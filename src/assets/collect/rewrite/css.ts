import { tokenize, tokenTypes } from 'css-tree/tokenizer';
import { string, url as urlToken } from 'css-tree/utils';
import type { Reference } from './reference.js';

interface Token {
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

/** Functions whose strings are URLs. */
const URL_FUNCTIONS: readonly string[] = ['url(', 'src('];
const IMAGE_SETS: readonly string[] = ['image-set(', '-webkit-image-set('];
const opening: readonly number[] = [tokenTypes.LeftParenthesis, tokenTypes.Function];
const sourceMapComment = /^\/\*[#@][ \t]*sourceMappingURL=(\S+?)\s*\*\/$/;

/** The context of a token in the stylesheet. */
interface Place {
  /** The functions and parentheses that are open. */
  readonly open: string[];
  /** The at-rule in whose prelude the token is; empty if it is in none. */
  rule: string;
}

/** Finds the URLs of a stylesheet, or of the declarations of a style attribute, by its tokens. */
export function scanCss(text: string): readonly Reference[] {
  const references: Reference[] = [];
  const place: Place = { open: [], rule: '' };
  tokenize(text, (type, start, end) => {
    const token = { type, start, end };
    const found = referenceOf(token, text.slice(start, end), place);
    if (found !== undefined) references.push(found);
    follow(token, text, place);
  });
  return references;
}

function referenceOf(token: Token, raw: string, place: Place): Reference | undefined {
  // A namespace is a name that looks like a URL.
  if (place.rule === '@namespace') return undefined;
  if (token.type === tokenTypes.Url) return plainUrl(token, raw);
  if (token.type === tokenTypes.String && isUrl(place)) return quoted(token, raw);
  if (token.type === tokenTypes.Comment) return sourceMap(token, raw);
  return undefined;
}

function isUrl({ open, rule }: Place): boolean {
  const innermost = open.at(-1) ?? '';
  if (URL_FUNCTIONS.includes(innermost) || IMAGE_SETS.includes(innermost)) return true;
  return rule === '@import' && open.length === 0;
}

function plainUrl({ start, end }: Token, raw: string): Reference {
  const [, before = ''] = /^(url\([ \t\r\n\f]*)/i.exec(raw) ?? [];
  const [after = ''] = /[ \t\r\n\f]*\)?$/.exec(raw) ?? [];
  const inner = raw.slice(before.length, raw.length - after.length);
  const url = urlToken.decode(raw);
  const write = (next: string) => (inner === url ? next : urlToken.encode(next).slice('url('.length, -1));
  return { start: start + before.length, end: end - after.length, url, kind: 'link', write };
}

function quoted({ start, end }: Token, raw: string): Reference {
  const url = string.decode(raw);
  const quote = raw.charAt(0);
  const isPlain = raw === `${quote}${url}${quote}`;
  const write = (next: string) => (isPlain ? `${quote}${next}${quote}` : string.encode(next, quote === "'"));
  return { start, end, url, kind: 'link', write };
}

function sourceMap({ start }: Token, raw: string): Reference | undefined {
  const url = sourceMapComment.exec(raw)?.[1];
  if (url === undefined) return undefined;
  const offset = start + raw.indexOf(url);
  return { start: offset, end: offset + url.length, url, kind: 'source-map', write: (next) => next };
}

function follow({ type, start, end }: Token, text: string, place: Place): void {
  if (opening.includes(type)) place.open.push(text.slice(start, end).toLowerCase());
  else if (type === tokenTypes.RightParenthesis) place.open.pop();
  else if (type === tokenTypes.AtKeyword) place.rule = text.slice(start, end).toLowerCase();
  else if (type === tokenTypes.Semicolon || type === tokenTypes.LeftCurlyBracket) {
    place.rule = '';
    // A parenthesis that is not closed ends with its statement.
    place.open.length = 0;
  } else if (type === tokenTypes.String && place.rule === '@import') place.rule = '';
}
