import { StaticGeneratorError } from '../../errors.js';
import { layOut } from '../printing/lines.js';

/** An argument of a directive, as it will be in the file, but without quotes. */
export interface Word {
  readonly text: string;
}

/** One line of a Caddyfile, or a block of them. */
export type Statement =
  | { readonly words: readonly Word[]; readonly children?: readonly Statement[] }
  | { readonly comment: string };

/** A string is literal text, whatever it contains. */
export function directive(...words: readonly (Word | string)[]): Statement {
  return { words: words.map(asWord) };
}

/** A directive with others in braces. */
export function block(words: readonly (Word | string)[], ...children: readonly Statement[]): Statement {
  return { words: words.map(asWord), children };
}

/** A comment of one or more lines. */
export function comment(text: string): Statement {
  return { comment: text };
}

/** Text as it is: it goes where Caddy looks for no placeholders, or it contains some, such as `{http.request.uri.path}`. */
export function raw(text: string): Word {
  return { text };
}

/** Escapes literal text for {@link raw}: after a backslash, a brace begins no placeholder. */
export function literal(text: string): string {
  return text.includes('{') ? text.replace(/[{}]/g, '\\$&') : text;
}

function asWord(word: Word | string): Word {
  return typeof word === 'string' ? { text: literal(word) } : word;
}

/** Literal text as part of a regular expression. */
export function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** What `nameSource` has between the stars of a name: a look-ahead that leaves only one way to match. RE2 takes one way anyway. */
const ONE_WAY = /\(\?:\(\?!(?:\\.|[^()\\])*\)(\[[^\]]*\])\)\*/g;

/**
 * Returns the source of a regular expression for RE2. A brace that does not begin a count is written as its code,
 * because Caddy takes everything that looks like a placeholder for one, wherever it is.
 */
export function re2(source: string): string {
  return source.replace(ONE_WAY, '$1*').replace(/\\?\{(?!\d)/g, '\\x7b');
}

/** A string of CEL, the language of `expression`. */
export function celString(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('`', '\\x60')}"`;
}

/** Returns the text of a Caddyfile. Throws `ERR_OPTIONS` for text that no Caddyfile can contain. */
export function printStatements(statements: readonly Statement[]): string {
  return `${layOut(statements, printStatement).join('\n')}\n`;
}

const INDENT = '\t';

function printStatement(statement: Statement): string[] {
  if ('comment' in statement)
    return statement.comment.split('\n').map((line) => `# ${printable(line)}`.trimEnd());
  const head = statement.words.map(printWord).join(' ');
  if (statement.children === undefined) return [head];
  const inside = layOut(statement.children, printStatement).map((line) =>
    line === '' ? '' : `${INDENT}${line}`.replaceAll('\n', `\n${INDENT}`),
  );
  return [`${head} {`.trimStart(), ...inside, '}'];
}

/** Within backquotes, nothing has a special meaning. Within double quotes, `\"` has one. */
function printWord({ text }: Word): string {
  if (isPlain(printable(text))) return text;
  if (!text.includes('`')) return `\`${text}\``;
  if (/\\(?:["\\]|$)/.test(text))
    throw unprintable(text, 'has a backquote, and a backslash before a quote or at its end');
  return `"${text.replaceAll('"', '\\"')}"`;
}

function isPlain(text: string): boolean {
  return /^[\w./:@*=+,<>?%~{}()$^|[\]-]+$/.test(text) && !/^[{}]$|^\(|^@$|\{$/.test(text);
}

/** Returns the text itself, or throws if a line cannot contain it. */
function printable(text: string): string {
  if (/[^\P{Cc}\n]/u.test(text)) throw unprintable(text, 'has a control character');
  if (text.includes('{$') || text.includes('{%'))
    throw unprintable(text, 'has {$, with which Caddy begins a variable');
  return text;
}

function unprintable(text: string, problem: string): StaticGeneratorError {
  const message = `The Caddyfile cannot hold ${JSON.stringify(text)}: it ${problem}`;
  return new StaticGeneratorError('ERR_OPTIONS', message, { fields: { text } });
}
