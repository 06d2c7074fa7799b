import { type Token, tokenize } from './syntax/tokens.js';

/** What the reader of SQL needs to know about how a database writes SQL. */
export interface Dialect {
  /** Returns the ways in which the database may split a text into tokens. There are several if this is uncertain. */
  readings(sql: string): readonly (readonly Token[])[];
  /** Whether a statement may commit the open transaction in addition to what it says. */
  mayCommit?(statement: readonly Token[]): boolean;
  /** Whether a statement may touch tables that it does not name. `verbs.ts` lists those of every database. */
  isOpaque?(statement: readonly Token[]): boolean;
}

const COMMENT_IN_COMMENT = /\/\*[\s\S]*\/\*/;

/** SQL of an unknown database. A text may have several readings: string literals and comments may end differently. */
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
