import { StaticGeneratorError } from '../../errors.js';
import { layOut } from '../printing/lines.js';

/**
 * An argument of a directive. A string is literal text, whatever it contains. Text that nginx interprets is made by
 * {@link variables}, {@link pattern}, {@link condition} and {@link own}.
 */
export type Word = string | SpecialWord;

interface SpecialWord {
  readonly text: string;
  readonly kind: 'variables' | 'pattern' | 'condition' | 'own';
}

/** One line of a configuration, or a block of them. */
export type Statement =
  | { readonly name: Word; readonly words: readonly Word[]; readonly children?: readonly Statement[] }
  | { readonly comment: string };

/** Text with `$variables` in it. */
export function variables(text: string): Word {
  if (text.replace(VARIABLE, '').includes('$')) throw unprintable(text, 'has a $ that begins no variable');
  return { text, kind: 'variables' };
}

/** The source of a regular expression, or a key of a map: a `$` in it begins no variable. */
export function pattern(text: string): Word {
  return { text, kind: 'pattern' };
}

/**
 * Text that contains a name which the configuration defines, of a location, an upstream or a group, but not of a
 * variable.
 */
export function own(text: string): Word {
  return { text, kind: 'own' };
}

/** Literal text as part of a regular expression. */
export function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The condition of an `if`, with its parentheses, as nginx spells it. */
export function condition(text: string): Word {
  return { text, kind: 'condition' };
}

export function directive(name: Word, ...words: readonly Word[]): Statement {
  return { name, words };
}

/** A directive with others in braces. The first argument is its name and its arguments. */
export function block(
  [name, ...words]: readonly [Word, ...Word[]],
  ...children: readonly Statement[]
): Statement {
  return { name, words, children };
}

/** A map. nginx computes nothing of it before `variable` is used. */
export function map(
  source: string,
  variable: string,
  otherwise: Word,
  entries: readonly Statement[],
): Statement {
  return block(['map', variables(source), variables(variable)], directive('default', otherwise), ...entries);
}

/** A comment of one or more lines. */
export function comment(text: string): Statement {
  return { comment: text };
}

/** The beginning of all names that the configuration defines, as the sources write them. */
export const OWN_NAME = 'staticgenerator';

/** Returns the statements with another name: one nginx may have the configurations of several sites. */
export function renamed(statements: readonly Statement[], name: string): readonly Statement[] {
  return statements.map((statement) => {
    if ('comment' in statement) return statement;
    const { children } = statement;
    const words = statement.words.map((word) => renamedWord(word, name));
    return {
      name: renamedWord(statement.name, name),
      words,
      ...(children === undefined ? {} : { children: renamed(children, name) }),
    };
  });
}

/**
 * The first finds variables, whatever surrounds them. The second finds other things with names, where names are
 * written.
 */
const OWN_VARIABLES = new RegExp(`(?<=\\$\\{?)${OWN_NAME}_`, 'g');
const OWN_NAMES = new RegExp(`(?<=^@?|^http://|^shared:|\\(\\?<)${OWN_NAME}_`, 'g');

function renamedWord(word: Word, name: string): Word {
  if (typeof word === 'string' || word.kind === 'pattern') return word;
  const names = word.kind === 'own' ? OWN_NAMES : OWN_VARIABLES;
  return { ...word, text: word.text.replace(names, `${name}_`) };
}

/** Returns the text of a configuration. Throws `ERR_OPTIONS` for text that no nginx configuration can contain. */
export function printStatements(statements: readonly Statement[]): string {
  return `${layOut(statements, printStatement).join('\n')}\n`;
}

const INDENT = '    ';
const VARIABLE = /\$(?:[a-z_]\w*|\{[a-z_]\w*\})/g;
/** nginx reads its configuration through a buffer of 4,096 bytes, and a word must fit in it. */
const MAX_WORD_BYTES = 4000;

function printStatement(statement: Statement): string[] {
  if ('comment' in statement) return printComment(statement.comment);
  const head = [statement.name, ...statement.words].map(printWord).join(' ');
  if (statement.children === undefined) return [`${head};`];
  const inside = layOut(statement.children, printStatement).map((line) =>
    line === '' ? '' : `${INDENT}${line}`,
  );
  return [`${head} {`, ...inside, '}'];
}

function printComment(text: string): string[] {
  const lines = text.split('\n');
  for (const line of lines) refuseControls(line);
  return lines.map((line) => (line === '' ? '#' : `# ${line}`));
}

function printWord(word: Word): string {
  const { text, kind } = typeof word === 'string' ? { text: word, kind: 'literal' as const } : word;
  refuseControls(text);
  if (kind === 'literal' && text.includes('$')) throw unprintable(text, 'has a $, to nginx a variable');
  const printed = kind === 'condition' || isPlain(text) ? text : quote(text);
  if (Buffer.byteLength(printed) > MAX_WORD_BYTES) throw unprintable(text, 'is longer than nginx reads');
  return printed;
}

/** Whether nginx reads the text as one word without quotes. */
function isPlain(text: string): boolean {
  return /^[\w./:@$*=+,<>?%~-]+$/.test(text);
}

/**
 * Within quotes, nginx removes the backslash of `\"`, `\'` and `\\`, turns `\t`, `\r` and `\n` into control characters,
 * and keeps a backslash before anything else. So `\s` is written as it is, and only a backslash that would be lost is
 * doubled.
 */
function quote(text: string): string {
  return `"${text.replace(/\\(?=["'\\trn]|$)|"/g, '\\$&')}"`;
}

function refuseControls(text: string): void {
  if (/\p{Cc}/u.test(text)) throw unprintable(text, 'has a control character');
}

function unprintable(text: string, problem: string): StaticGeneratorError {
  const message = `The nginx configuration cannot hold ${JSON.stringify(text)}: it ${problem}`;
  return new StaticGeneratorError('ERR_OPTIONS', message, { fields: { text } });
}
