import { mysqlSql } from '../sql/mysql/dialect.js';
import { isWord } from '../sql/syntax/tokens.js';

const MAY_CALL = /\bcall\b/i;

/** Returns the procedures that a text calls, in lower case, without schemas. Throws if it cannot be read. */
export function calledIn(text: string): readonly string[] {
  if (!MAY_CALL.test(text)) return [];
  return mysqlSql.readings(text).flatMap((tokens) =>
    [...tokens.keys()]
      .filter((at) => isWord(tokens[at], 'call'))
      .map((at) => {
        const isQualified = tokens[at + 2]?.text === '.';
        return (tokens[isQualified ? at + 3 : at + 1]?.text ?? '').toLowerCase();
      }),
  );
}
