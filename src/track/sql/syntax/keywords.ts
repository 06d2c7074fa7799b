/** Words that can follow the condition of a WHERE. */
export const AFTER_CONDITION: ReadonlySet<string> = new Set([
  ...['returning', 'order', 'limit', 'group', 'having', 'offset', 'for'],
  ...['union', 'except', 'intersect', 'window', 'fetch'],
]);

/** Words that can follow the tables of a FROM. */
export const AFTER_FROM: ReadonlySet<string> = new Set([...AFTER_CONDITION, 'where']);

/** Words that can stand between the operands of a condition, or next to a condition. */
export const BETWEEN_OPERANDS: ReadonlySet<string> = new Set([
  ...['where', 'and', 'or', 'not', 'in', 'is', 'between', 'like', 'on'],
  ...['order', 'by', 'asc', 'desc', 'limit', 'offset'],
]);

/** Words that an operand follows, or one of the words {@link IN_OPERAND}. */
export const BEFORE_OPERAND: ReadonlySet<string> = new Set([
  ...['where', 'and', 'or', 'not', 'on', 'by', 'between', 'like'],
]);

/** Words that an operand may begin with. */
export const IN_OPERAND: ReadonlySet<string> = new Set([
  ...['not', 'in', 'like', 'between', 'null', 'true', 'false'],
]);

/** Words that can follow the columns that an UPDATE sets. */
export const AFTER_SET: ReadonlySet<string> = new Set(['where', 'from', 'returning']);

/** Words that can stand before the name of a table. */
export const BEFORE_NAME: ReadonlySet<string> = new Set([
  ...['only', 'lateral', 'table', 'if', 'exists', 'not', 'or'],
]);

/** Words that can stand between a verb and its table; elsewhere they may be names. */
export const AFTER_VERB: ReadonlySet<string> = new Set([
  ...['ignore', 'abort', 'fail', 'rollback', 'low_priority', 'high_priority', 'delayed', 'quick'],
]);

/** Words that can stand before the words {@link AFTER_VERB}. */
export const VERBS: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'replace', 'or']);

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

/** After these words, UPDATE or DELETE is a verb; after others, it is a column, a lock or a rule of a foreign key. */
export const BEFORE_VERB: ReadonlySet<string> = new Set([
  'explain',
  'analyze',
  'verbose',
  'plan',
  'as',
  'begin',
]);

/** With one of these words in a condition, AND does not always separate conditions. */
export const INTRICATE: ReadonlySet<string> = new Set(['or', 'between', 'case', 'xor']);
