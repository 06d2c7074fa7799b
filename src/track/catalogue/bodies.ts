import type { Dialect } from '../sql/dialect.js';
import { tablesIn } from '../sql/syntax/table-scan.js';
import { isSign, isWord, type Token } from '../sql/syntax/tokens.js';

/** What the definition of a view reads, and what that of a trigger writes. In doubt, it lists too many tables. */
export interface Body {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Whether it may write tables that it does not name. */
  readonly isOpaque: boolean;
}

/** Words that run other code. */
const RUNS = ['execute', 'perform', 'call', 'exec'];
/** Functions that write no table. */
const HARMLESS = ['pg_notify', 'pg_sleep', 'pg_advisory_xact_lock', 'set_config', 'setval', 'nextval'];
const VERBS = ['insert', 'replace', 'update', 'delete', 'merge', 'truncate', 'copy'];
/** Words that may stand between a verb and the name of a table. */
const FILLERS = [
  ...['into', 'from', 'table', 'only', 'or', 'replace', 'ignore', 'abort', 'fail', 'rollback'],
  ...['low_priority', 'high_priority', 'delayed', 'quick', 'as', 'join', 'inner', 'left', 'using'],
];
/** Words that end the names of a verb's tables. */
const AFTER_TABLES = [
  'set',
  'values',
  'select',
  'where',
  'of',
  'on',
  'when',
  'begin',
  'default',
  'returning',
];

/** Reads a definition. Never throws: a definition that cannot be read may write anything. */
export function bodyOf(text: string, dialect: Dialect): Body {
  try {
    const readings = dialect.readings(text);
    return {
      reads: readings.flatMap((tokens) => tablesIn(tokens).reads.map(({ table }) => table)),
      writes: readings.flatMap(writtenIn),
      isOpaque: readings.some((tokens) => tokens.some((_, at) => isOpaque(tokens, at))),
    };
  } catch {
    return { reads: [], writes: [], isOpaque: true };
  }
}

function isOpaque(tokens: readonly Token[], at: number): boolean {
  if (!isWord(tokens[at], ...RUNS)) return false;
  return !isWord(tokens[at + 1], ...HARMLESS);
}

/** Returns every name after a verb, until something else begins. Names that are not tables do no harm. */
function writtenIn(tokens: readonly Token[]): readonly string[] {
  return [...tokens.keys()].flatMap((at) => {
    if (!isWord(tokens[at], ...VERBS)) return [];
    const rest = tokens.slice(at + 1);
    const end = rest.findIndex(
      (token) => isWord(token, ...AFTER_TABLES) || isSign(token, ';') || isSign(token, '('),
    );
    const names = end === -1 ? rest : rest.slice(0, end);
    return names
      .filter((token) => token.kind === 'name' || (token.kind === 'word' && !isWord(token, ...FILLERS)))
      .map(({ text }) => text.toLowerCase());
  });
}
