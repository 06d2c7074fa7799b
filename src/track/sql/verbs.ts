import type { Dialect } from './dialect.js';
import { isSign, isWord, type Token } from './syntax/tokens.js';

/** Statements that read the tables that they name, and write a table only if they name it after a verb. */
const READING = ['select', 'with', 'values', 'table', 'declare', 'fetch', 'move'];
/** Statements that write the tables that they name. */
const WRITING = ['insert', 'update', 'delete', 'replace', 'merge', 'truncate', 'copy'];
/** Statements that change no rows. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...['begin', 'start', 'commit', 'end', 'rollback', 'abort', 'savepoint', 'release', 'prepare'],
  ...['set', 'reset', 'show', 'use', 'pragma', 'describe', 'desc', 'discard', 'deallocate', 'close'],
  ...['listen', 'unlisten', 'notify', 'analyze', 'vacuum', 'reindex', 'cluster', 'checkpoint', 'optimize'],
  ...['grant', 'revoke', 'comment', 'lock', 'unlock', 'flush', 'kill', 'attach', 'detach'],
]);
/** Words that may stand before the statement that is explained. */
const EXPLAINING = ['explain', 'analyze', 'verbose', 'query', 'plan'];

/** Splits a text into its statements. */
export function statementsIn(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (isSign(token, ';')) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.filter((part) => part.length > 0);
}

/**
 * Returns the name of a statement that may read or change tables that it does not name; `undefined` if it touches only
 * the tables that it names. `isWrite` says whether the statement was found to write a table.
 */
export function opaqueVerb(
  statement: readonly Token[],
  isWrite: boolean,
  { isOpaque }: Pick<Dialect, 'isOpaque'> = {},
): string | undefined {
  const tokens = unwrapped(statement);
  const [first, second] = tokens;
  if (first?.kind !== 'word') return first === undefined ? undefined : 'A statement that begins with no word';
  const called = [first, second].flatMap((token) =>
    token?.kind === 'word' ? [token.text.toUpperCase()] : [],
  );
  const name = called.join(' ');
  if (isOpaque?.(statement) === true) return name;
  if (READING.includes(first.text)) return undefined;
  if (WRITING.includes(first.text)) return isWrite && !cascades(tokens) ? undefined : name;
  if (first.text === 'create') return creates(tokens) ? undefined : name;
  if (first.text === 'drop' || first.text === 'alter')
    return isTable(tokens) && isWrite && !cascades(tokens) ? undefined : name;
  return HARMLESS.has(first.text) ? undefined : first.text.toUpperCase();
}

/** Whether `TABLE`, or MySQL's `TEMPORARY TABLE`, follows the verb. */
function isTable([, second, third]: readonly Token[]): boolean {
  return isWord(second, 'table') || (isWord(second, 'temporary') && isWord(third, 'table'));
}

/** Returns a statement without the parentheses before it, and without EXPLAIN and its options. */
function unwrapped(tokens: readonly Token[]): readonly Token[] {
  let at = tokens.findIndex((token) => !isSign(token, '('));
  if (isWord(tokens[at], 'explain')) {
    while (isWord(tokens[at], ...EXPLAINING)) at += 1;
    if (isSign(tokens[at], '('))
      at = tokens.findIndex((token, index) => index > at && isSign(token, ')')) + 1;
  }
  return tokens.slice(Math.max(0, at));
}

/** Whether a statement may also empty or rename tables that it does not name. */
function cascades(tokens: readonly Token[]): boolean {
  return (
    isWord(tokens[0], 'truncate', 'drop', 'alter') &&
    tokens.some((token) => isWord(token, 'cascade', 'rename'))
  );
}

/** Whether a statement creates something that did not exist before, so that no page has read it. */
function creates(tokens: readonly Token[]): boolean {
  return (
    !isWord(tokens[1], 'or') &&
    !tokens.slice(1, 4).some((token) => isWord(token, 'rule', 'trigger', 'policy'))
  );
}
