/** Words that can follow the condition of a WHERE. */
export const AFTER_CONDITION: ReadonlySet<string> = new Set([
  ...['returning', 'order', 'limit', 'group', 'having', 'offset', 'for'],
  ...['union', 'except', 'intersect', 'window', 'fetch'],
]);

/** Words that can follow the condition of a join. */
export const AFTER_ON: ReadonlySet<string> = new Set([
  ...AFTER_CONDITION,
  ...['where', 'join', 'left', 'inner', 'cross', 'right', 'full', 'natural'],
]);

/** Words that can follow the columns that an UPDATE sets. */
export const AFTER_SET: ReadonlySet<string> = new Set(['where', 'from', 'returning']);

/** Words that can stand between a verb and the name of a table. */
export const BEFORE_NAME: ReadonlySet<string> = new Set([
  ...['only', 'lateral', 'table', 'if', 'exists', 'not'],
  ...['or', 'ignore', 'abort', 'fail', 'rollback', 'low_priority'],
]);

/** Words that end a list of tables. */
export const AFTER_LIST: ReadonlySet<string> = new Set([
  ...['where', 'group', 'order', 'having', 'limit', 'offset', 'returning', 'values'],
  ...['union', 'except', 'intersect', 'window', 'fetch', 'for', 'set', 'select', 'default'],
]);

/** Words that cannot be an alias. */
export const NO_ALIAS: ReadonlySet<string> = new Set([
  ...AFTER_LIST,
  ...['on', 'using', 'join', 'left', 'right', 'full', 'inner', 'outer', 'cross', 'natural', 'from', 'into'],
  ...['cascade', 'restrict', 'restart', 'continue', 'add', 'drop', 'rename', 'alter'],
  ...['as', 'when', 'not', 'to', 'indexed', 'tablesample'],
]);

/** After these, UPDATE and DELETE are a lock, a rule of a foreign key or a branch, and no table follows. */
export const NO_VERB: ReadonlySet<string> = new Set(['for', 'key', 'do', 'on', 'then']);

/** Where one of these stands, AND does not always separate conditions. */
export const INTRICATE: ReadonlySet<string> = new Set(['or', 'between', 'case', 'xor']);
