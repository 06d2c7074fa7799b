import { isWord, type Token } from '../syntax/tokens.js';

/** Statements that commit before they are executed, and those that begin another transaction. */
const COMMITTING = [
  ...['alter', 'create', 'drop', 'rename', 'truncate', 'grant', 'revoke', 'lock', 'unlock'],
  ...['analyze', 'cache', 'check', 'flush', 'load', 'optimize', 'repair', 'reset', 'install', 'uninstall'],
  ...['begin', 'start', 'stop', 'change'],
];

/** Whether a statement may commit the open transaction before it is executed. */
export function mayCommit(statement: readonly Token[]): boolean {
  const [first, second, third] = statement;
  if (isWord(second, 'temporary')) return false;
  if (isWord(first, ...COMMITTING)) return true;
  return isWord(first, 'set') && (isAutocommit(second) || isAutocommit(third) || isWord(second, 'password'));
}

/** Whether a statement contains another one, which the reader does not find. */
export function isOpaque([first, second, ...others]: readonly Token[]): boolean {
  // `SET STATEMENT max_statement_time = 1 FOR UPDATE …`, `BEGIN NOT ATOMIC …`
  if (isWord(first, 'set')) return isWord(second, 'statement');
  if (isWord(first, 'begin')) return isWord(second, 'not');
  // MariaDB executes what it analyzes: `ANALYZE FORMAT = JSON DELETE …`
  const verbs = others.some((token) => isWord(token, 'insert', 'update', 'delete', 'replace'));
  return isWord(first, 'analyze') && isWord(second, 'format') && verbs;
}

/** Whether it is the variable of `SET autocommit = 1`, `SET @@session.autocommit = 1` or `SET SESSION autocommit = 1`. */
function isAutocommit(token: Token | undefined): boolean {
  return token !== undefined && /^(?:@@(?:session\.|local\.)?)?autocommit$/i.test(token.text);
}
