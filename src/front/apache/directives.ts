import { StaticGeneratorError } from '../../errors.js';
import { layOut } from '../printing/lines.js';

/**
 * An argument of a directive, as Apache reads it. {@link headerValue}, {@link rewriting} and so on make it from plain
 * text.
 */
export interface Word {
  readonly text: string;
  /** Who reads the argument: mod_rewrite reads quotes in its own way. */
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

/** The value of a header. In the format of mod_headers, a `%` and a backslash have a special meaning. */
export function headerValue(text: string): Word {
  return { text: text.replaceAll('\\', '\\\\').replaceAll('%', '%%'), readBy: 'core' };
}

/** An argument of mod_rewrite: the subject of a condition, a pattern, a substitution, or flags. */
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

/** Returns the text of a configuration. Throws `ERR_OPTIONS` for text that no configuration of Apache can contain. */
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
  // After a backslash, Apache continues a comment on the next line.
  return text.split('\n').map((line) => `# ${printable(line).replace(/\\$/, '')}`.trimEnd());
}

function printWord({ text, readBy }: Word): string {
  if (isPlain(printable(text))) return text;
  return readBy === 'core' ? quote(text) : quoteForRewriting(text);
}

function isPlain(text: string): boolean {
  return /^[\w./:%{}*=+,|^$!()-]+$/.test(text);
}

/** Within quotes, the core removes the backslash of `\"` and `\\`, and keeps a backslash before anything else. */
function quote(text: string): string {
  return `"${text.replace(/\\(?=["\\]|$)|"/g, '\\$&')}"`;
}

/** mod_rewrite knows two kinds of quotes, and no way to write a quote within them. */
function quoteForRewriting(text: string): string {
  const mark = text.includes('"') ? "'" : '"';
  if (text.includes(mark)) throw unprintable(text, 'has both kinds of quotes');
  return `${mark}${text}${mark}`;
}

/** Returns the text itself, or throws if a line cannot contain it. */
function printable(text: string): string {
  if (/\p{Cc}/u.test(text)) throw unprintable(text, 'has a control character');
  if (text.includes('${')) throw unprintable(text, 'has ${, with which Apache begins a variable');
  return text;
}

function unprintable(text: string, problem: string): StaticGeneratorError {
  const message = `The Apache configuration cannot hold ${JSON.stringify(text)}: it ${problem}`;
  return new StaticGeneratorError('ERR_OPTIONS', message, { fields: { text } });
}
