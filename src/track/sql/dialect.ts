import { type Token, tokenize } from './syntax/tokens.js';

/** How a database writes SQL, as far as it matters to what is read from it. */
export interface Dialect {
  /** The ways in which the database may cut a text into tokens: one, unless that depends on what is not known. */
  readings(sql: string): readonly (readonly Token[])[];
  /** Whether a statement may commit the transaction that it is in beside what it says. */
  mayCommit?(statement: readonly Token[]): boolean;
  /** Whether a statement, beside those that are so everywhere, may touch what it does not name. */
  isOpaque?(statement: readonly Token[]): boolean;
}

const COMMENT_IN_COMMENT = /\/\*[\s\S]*\/\*/;

/** SQL of a database that is not known: where string literals and comments end depends on it. */
export const anySql: Dialect = {
  readings: (sql) => {
    const standard = tokenize(sql, 'standard');
    const others = [
      ...(sql.includes("\\'") ? [tokenize(sql, 'backslash')] : []),
      ...(COMMENT_IN_COMMENT.test(sql) ? [tokenize(sql, 'nested')] : []),
    ];
    return [standard, ...others.filter((tokens) => !areSame(tokens, standard))];
  },
};

export function areSame(one: readonly Token[], other: readonly Token[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ kind, text }, at) => kind === other[at]?.kind && text === other[at].text)
  );
}
