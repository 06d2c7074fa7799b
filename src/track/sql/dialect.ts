import { type Token, tokenize } from './syntax/tokens.js';

/** How a database writes SQL, as far as it matters to what is read from it. */
export interface Dialect {
  /** The ways in which the database may cut a text into tokens: one, unless that depends on what is not known. */
  readings(sql: string): readonly (readonly Token[])[];
}

/** SQL of a database that is not known. */
export const anySql: Dialect = {
  readings: (sql) => {
    const standard = tokenize(sql, 'standard');
    // Where string literals end depends on the database.
    return sql.includes("\\'") ? [standard, tokenize(sql, 'backslash')] : [standard];
  },
};
