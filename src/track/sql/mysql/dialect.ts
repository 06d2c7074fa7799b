import { areSame, type Dialect } from '../dialect.js';
import type { Token } from '../syntax/tokens.js';
import type { MysqlMode } from './mode.js';
import { isOpaque, mayCommit } from './statements.js';
import { tokenizeMysql } from './tokens.js';

const RUN_COMMENT = /\/\*M?!/;

/** SQL of MySQL and MariaDB. If the modes of the session or the version matter, a text has several readings. */
export const mysqlSql: Dialect = dialectOf(false);

/** As {@link mysqlSql}, for a session in which a backslash is known to escape the next character. */
export const escapingMysqlSql: Dialect = dialectOf(true);

function dialectOf(isEscaping: boolean): Dialect {
  return {
    readings: (sql) => {
      const [first = [], ...others] = modesFor(sql, isEscaping).map((mode) => tokenizeMysql(sql, mode));
      const readings: (readonly Token[])[] = [first];
      for (const tokens of others)
        if (readings.every((known) => !areSame(known, tokens))) readings.push(tokens);
      return readings;
    },
    mayCommit,
    isOpaque,
  };
}

function modesFor(sql: string, isEscaping: boolean): readonly MysqlMode[] {
  // The mode matters only if a quote or another backslash follows a backslash.
  const escapes = !isEscaping && /\\['"\\]/.test(sql) ? [true, false] : [true];
  const quotes = sql.includes('"') ? [false, true] : [false];
  const comments = RUN_COMMENT.test(sql) ? [false, true] : [false];
  return escapes.flatMap((hasEscapes) =>
    quotes.flatMap((hasAnsiQuotes) =>
      comments.map((runsComments) => ({ hasEscapes, hasAnsiQuotes, runsComments })),
    ),
  );
}
