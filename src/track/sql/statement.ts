import { LRUCache } from 'lru-cache';
import { anySql, type Dialect } from './dialect.js';
import type { NestedPart } from './nested/part.js';
import { nestedQueryIn } from './nested/query.js';
import { clauseIn } from './syntax/clauses.js';
import {
  type Comparisons,
  type Conditions,
  comparisonsIn,
  conditionsIn,
  conditionsOf,
  numberParameters,
  type Operand,
  valuesOf,
} from './syntax/conditions.js';
import { type Joins, joinsIn } from './syntax/joins.js';
import { AFTER_FROM } from './syntax/keywords.js';
import { liftNumbers } from './syntax/numbers.js';
import { type Selected, selectedIn } from './syntax/selected.js';
import { type TableRead, type TableWrite, tablesIn } from './syntax/table-scan.js';
import { isComma, isSign, isWord, type Token } from './syntax/tokens.js';
import { assignedColumns, assignedValues } from './syntax/written/assignments.js';
import { insertedValues } from './syntax/written/inserted.js';
import { stepsIn, type TransactionStep } from './transaction-steps.js';
import { opaqueVerb, statementsIn } from './verbs.js';

/** A table that a statement writes, with the columns that it sets. */
export interface StatementWrite extends TableWrite {
  /** The columns that an update or an upsert sets, in lower case. */
  readonly fields: readonly string[] | undefined;
}

/** What SQL says about the tables that it touches. In doubt, it lists too many: a name of no table does no harm. */
export interface Statement {
  readonly reads: readonly TableRead[];
  readonly writes: readonly StatementWrite[];
  /** Whether it is one query over tables: no subquery, no call in its select list, no word such as GROUP or UNION. */
  readonly isPlain: boolean;
  /** The values that its condition compares columns with, by `alias.column` or `column`. It touches no other rows. */
  readonly conditions: Conditions;
  /** How many conditions of the WHERE each row must meet. */
  readonly conditionCount: number;
  /** Whether rows that meet the conditions may be left out or merged, for example by LIMIT or DISTINCT. */
  readonly isCut: boolean;
  /** The literals and parameters that an UPDATE, or all rows of an INSERT, give to columns. */
  readonly written: Conditions;
  readonly joins: Joins;
  readonly selected: Selected;
  /** The verbs of its statements that may read or change tables that they do not name. */
  readonly opaque: readonly string[];
  readonly steps: readonly TransactionStep[];
}

/** What a statement says, whatever the values of its parameters. A text has the same object while it is remembered. */
export interface StatementText extends Omit<Statement, 'conditions' | 'written'> {
  readonly comparisons: Comparisons;
  readonly values: Comparisons;
  /** Absent if its rows contain no other rows. */
  readonly nested?: NestedText;
}

/** A query whose rows contain other rows: those that they refer to, or those that refer to them. */
export interface NestedText {
  readonly outermost: StatementText;
  readonly parts: readonly NestedPart[];
}

/** A text with the values of its parameters. */
export interface SentStatement {
  readonly text: StatementText;
  readonly parameters: readonly unknown[];
}

/** A text as it was sent. If parameters replaced numbers in it, `operands` are the parameters of the new text. */
interface SentText {
  readonly text: StatementText;
  readonly operands: readonly Operand[] | undefined;
}

/** An app sends a few hundred texts. There is room for more: texts built for one query must not push them all out. */
const KEPT_TEXTS = 500;
/** There are more texts with numbers in them: one for each record that is read often. */
const KEPT_SENT = 2_000;
/** In characters. Longer texts are lists of values, which rarely repeat. */
const LONGEST_KEPT = 4_096;

/** With these words, a row of the results is not a row of each table, or the results come from several queries. */
const ODD = [
  ...['right', 'full', 'natural', 'group', 'having', 'window'],
  ...['union', 'except', 'intersect', 'minus', 'table', 'values'],
];

/** With these words, rows that meet the conditions may be left out, or several rows merged into one. */
const CUTTING = ['limit', 'offset', 'fetch', 'distinct', 'top', 'tablesample', 'skip'];

const READING = /^[\s(]*(?:select|with|values|table)\b/i;
const WRITING = /;(?!\s*$)|\b(?:insert|update|delete|replace|merge|into)\b/i;

/** The last text that was checked. Each text is checked before its query, after it, and when its changes are read. */
let lastLook = { sql: '', mayWrite: true };

/** Whether SQL may write: a cheap check before the thorough one. */
export function mayWrite(sql: string): boolean {
  if (sql !== lastLook.sql) lastLook = { sql, mayWrite: !READING.test(sql) || WRITING.test(sql) };
  return lastLook.mayWrite;
}

/** Reads SQL and remembers texts, since an ORM sends the same few texts with different parameters. */
export class StatementReader {
  readonly #dialect: Dialect;
  readonly #texts = new LRUCache<string, StatementText>({ max: KEPT_TEXTS });
  readonly #sent = new LRUCache<string, SentText>({ max: KEPT_SENT });

  constructor(dialect: Dialect = anySql) {
    this.#dialect = dialect;
  }

  /** Returns a statement with the values that its columns are compared with or set to. */
  read(sql: string, parameters?: readonly unknown[]): Statement {
    const { text, parameters: own } = this.sent(sql, parameters);
    const { comparisons, values, nested, ...statement } = text;
    return { ...statement, conditions: conditionsOf(comparisons, own), written: conditionsOf(values, own) };
  }

  sent(sql: string, parameters: readonly unknown[] = []): SentStatement {
    if (sql.length > LONGEST_KEPT) return { text: this.#readText(sql), parameters };
    const known = this.#sent.get(sql);
    const { text, operands } = known ?? this.#readSent(sql);
    if (known === undefined) this.#sent.set(sql, { text, operands });
    return { text, parameters: operands === undefined ? parameters : valuesOf(operands, parameters) };
  }

  #readSent(sql: string): SentText {
    const lifted = liftNumbers(sql);
    const template = lifted?.sql ?? sql;
    const known = this.#texts.get(template);
    const text = known ?? this.#readText(template);
    if (known === undefined) this.#texts.set(template, text);
    return { text, operands: lifted?.operands };
  }

  #readText(sql: string): StatementText {
    return merged(this.#dialect.readings(sql).map((tokens) => readTokens(tokens, this.#dialect)));
  }
}

/** Merges the readings of a text. If there are several, the tables of each count, and nothing else is certain. */
function merged(readings: readonly StatementText[]): StatementText {
  const [only, ...others] = readings;
  if (only !== undefined && others.length === 0) return only;
  return {
    reads: readings.flatMap(({ reads }) => reads),
    writes: readings.flatMap(({ writes }) => writes),
    isPlain: false,
    conditionCount: 0,
    isCut: true,
    comparisons: new Map(),
    values: new Map(),
    joins: new Map(),
    selected: { names: new Map() },
    opaque: readings.flatMap(({ opaque }) => opaque),
    steps: readings.find(({ steps }) => steps.length > 0)?.steps ?? [],
  };
}

function readTokens(given: readonly Token[], dialect: Dialect): StatementText {
  const tokens = numberParameters(given);
  const { reads, writes } = tablesIn(tokens);
  const statements = statementsIn(tokens);
  const selects = tokens.filter((token) => isWord(token, 'select')).length;
  const isNested = tokens.some((token) => isWord(token, 'with')) || selects > 1;
  const isOne = isSingle(tokens) && !isNested && !renamesColumns(tokens, reads);
  const selected = tokens.slice(
    0,
    tokens.findIndex((token) => isWord(token, 'from')),
  );
  const hasCall = selected.some(({ text }) => text === '(');
  const isOdd = tokens.some((token) => isWord(token, ...ODD));
  const isPlain = isOne && selects === 1 && !hasCall && !isOdd;
  const conditions = isOne ? conditionsIn(tokens) : [];
  const fields = isOne ? assignedColumns(tokens) : undefined;
  return {
    reads,
    writes: writes.map((write) => ({
      ...write,
      fields: write.action === 'update' || write.action === 'upsert' ? fields : undefined,
    })),
    isPlain,
    comparisons: comparisonsIn(conditions),
    conditionCount: conditions.length,
    isCut: tokens.some((token) => isWord(token, ...CUTTING)) || !hasOnlyJoins(tokens),
    values: isOne ? new Map([...insertedValues(tokens), ...assignedValues(tokens)]) : new Map(),
    joins: isPlain ? joinsIn(tokens) : new Map(),
    selected: selectedIn(selected),
    opaque: statements.flatMap((one) => opaqueVerb(one, tablesIn(one).writes.length > 0, dialect) ?? []),
    steps: stepsIn(statements, dialect),
    ...(selects > 1 && nestedIn(tokens, dialect)),
  };
}

function nestedIn(tokens: readonly Token[], dialect: Dialect): { readonly nested: NestedText } | undefined {
  const nested = nestedQueryIn(tokens);
  if (nested === undefined) return undefined;
  return { nested: { outermost: readTokens(nested.outermost, dialect), parts: nested.parts } };
}

/** Whether the FROM of a SELECT contains only tables with JOIN between them, and no function calls. */
function hasOnlyJoins(tokens: readonly Token[]): boolean {
  const from = clauseIn(tokens, 'from', AFTER_FROM) ?? [];
  return from.every((token, at) => {
    const before = from[at - 1];
    const isCall = isSign(token, '(') && (before?.kind === 'name' || before?.kind === 'word');
    return !isComma(token) && !(isCall && !isWord(before, 'on', 'and', 'or', 'not'));
  });
}

/** Whether a table's columns get other names: `FROM posts AS p (key, name)`. */
function renamesColumns(tokens: readonly Token[], reads: readonly TableRead[]): boolean {
  const aliases = new Set(reads.map(({ alias }) => alias));
  return tokens.some(
    (token, at) =>
      (token.kind === 'word' || token.kind === 'name') &&
      aliases.has(token.text.toLowerCase()) &&
      isSign(tokens[at + 1], '('),
  );
}

/** Whether there is one statement, perhaps with a semicolon at its end. */
function isSingle(tokens: readonly Token[]): boolean {
  const end = tokens.findIndex((token) => isSign(token, ';'));
  return end === -1 || end === tokens.length - 1;
}
