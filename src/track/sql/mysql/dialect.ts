import { areSame, type Dialect } from '../dialect.js';
import type { Token } from '../syntax/tokens.js';
import type { MysqlMode } from './mode.js';
import { isOpaque, mayCommit } from './statements.js';
import { tokenizeMysql } from './tokens.js';

const RUN_COMMENT = /\/\*M?!/;

/** SQL of MySQL and MariaDB. Where the modes of the session matter, or the version, a text has several readings. */
export const mysqlSql: Dialect = dialectOf(false);

/** The same, of a session that is known to take backslashes for escapes. */
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
  // Without a quote behind it, a backslash is in a text in either mode.
  const escapes = !isEscaping && /\\['"\\]/.test(sql) ? [true, false] : [true];
  const quotes = sql.includes('"') ? [false, true] : [false];
  const comments = RUN_COMMENT.test(sql) ? [false, true] : [false];
  return escapes.flatMap((hasEscapes) =>
    quotes.flatMap((hasAnsiQuotes) =>
      comments.map((runsComments) => ({ hasEscapes, hasAnsiQuotes, runsComments })),
    ),
  );
}
