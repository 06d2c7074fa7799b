import { StaticGeneratorError } from '../../errors.js';
import { layOut } from '../printing/lines.js';

/** An argument of a directive, as Apache is to read it: {@link literal}, {@link pattern} and so on make it of plain text. */
export interface Word {
  readonly text: string;
  /** Those of mod_rewrite read quotes in their own way. */
  readonly readBy: 'core' | 'rewrite';
}

/** One line of a configuration, or a section of them. */
export type Statement =
  | { readonly name: string; readonly words: readonly Word[]; readonly children?: readonly Statement[] }
  | { readonly comment: string };

export function directive(name: string, ...words: readonly (Word | string)[]): Statement {
  return { name, words: words.map(asWord) };
}

/** A section with others in it: `<Directory "/pages">`. */
export function section(
  [name, ...words]: readonly [string, ...(Word | string)[]],
  ...children: readonly Statement[]
): Statement {
  return { name, words: words.map(asWord), children };
}

/** A comment of one or more lines. */
export function comment(text: string): Statement {
  return { comment: text };
}

/** The value of a header: in the format of mod_headers a `%` and a backslash begin something else. */
export function headerValue(text: string): Word {
  return { text: text.replaceAll('\\', '\\\\').replaceAll('%', '%%'), readBy: 'core' };
}

/** What a condition looks at, a pattern, a substitution, flags: as mod_rewrite reads it. */
export function rewriting(text: string): Word {
  return { text, readBy: 'rewrite' };
}

/** Literal text as part of what mod_rewrite expands. */
export function unexpanded(text: string): string {
  return text.replace(/[\\%$]/g, '\\$&');
}

/** Literal text as part of a regular expression. */
export function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function asWord(word: Word | string): Word {
  return typeof word === 'string' ? { text: word, readBy: 'core' } : word;
}

/** The text of a configuration. Throws `ERR_OPTIONS` for what no configuration of Apache can say. */
export function printStatements(statements: readonly Statement[]): string {
  return `${layOut(statements, printStatement).join('\n')}\n`;
}

const INDENT = '    ';

function printStatement(statement: Statement): string[] {
  if ('comment' in statement) return printComment(statement.comment);
  const head = [statement.name, ...statement.words.map(printWord)].join(' ');
  if (statement.children === undefined) return [head];
  const inside = layOut(statement.children, printStatement).map((line) =>
    line === '' ? '' : `${INDENT}${line}`,
  );
  return [`<${head}>`, ...inside, `</${statement.name}>`];
}

function printComment(text: string): string[] {
  // Apache goes on with a comment on the next line after a backslash.
  return text.split('\n').map((line) => `# ${printable(line).replace(/\\$/, '')}`.trimEnd());
}

function printWord({ text, readBy }: Word): string {
  if (isPlain(printable(text))) return text;
  return readBy === 'core' ? quote(text) : quoteForRewriting(text);
}

function isPlain(text: string): boolean {
  return /^[\w./:%{}*=+,|^$!()-]+$/.test(text);
}

/** Within quotes, the core takes away the backslash of `\"` and `\\`, and leaves it before anything else. */
function quote(text: string): string {
  return `"${text.replace(/\\(?=["\\]|$)|"/g, '\\$&')}"`;
}

/** mod_rewrite knows two kinds of quotes, and nothing that would be a quote within them. */
function quoteForRewriting(text: string): string {
  const mark = text.includes('"') ? "'" : '"';
  if (text.includes(mark)) throw unprintable(text, 'has both kinds of quotes');
  return `${mark}${text}${mark}`;
}

/** The text itself, if it can stand in a line. */
function printable(text: string): string {
  if (/\p{Cc}/u.test(text)) throw unprintable(text, 'has a control character');
  if (text.includes('${')) throw unprintable(text, 'has ${, with which Apache begins a variable');
  return text;
}

function unprintable(text: string, problem: string): StaticGeneratorError {
  const message = `The Apache configuration cannot hold ${JSON.stringify(text)}: it ${problem}`;
  return new StaticGeneratorError('ERR_OPTIONS', message, { fields: { text } });
}
