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

/** What a statement writes of a table. */
export interface StatementWrite extends TableWrite {
  /** The columns that an update or an upsert sets, in lower case. */
  readonly fields: readonly string[] | undefined;
}

/** What SQL says of the tables that it touches. It errs towards more tables; a name that is none does no harm. */
export interface Statement {
  readonly reads: readonly TableRead[];
  readonly writes: readonly StatementWrite[];
  /** Whether it is one query over tables, without a query within it or calls in what it selects. */
  readonly isPlain: boolean;
  /** Columns that its condition compares with values, by `alias.column` or `column`; no row beyond is touched. */
  readonly conditions: Conditions;
  /** How many conditions each row has to meet, in a WHERE. */
  readonly conditionCount: number;
  /** Whether rows that meet the conditions may be left out, for their number, or be given as one. */
  readonly isCut: boolean;
  /** The values that it gives to columns, where they are written as values: of an UPDATE, or of all rows of an INSERT. */
  readonly written: Conditions;
  readonly joins: Joins;
  readonly selected: Selected;
  /** What in it may read and change tables that it does not name. */
  readonly opaque: readonly string[];
  readonly steps: readonly TransactionStep[];
}

/** What a statement says, whatever the values of its parameters. Of the same text, the same object, while it is remembered. */
export interface StatementText extends Omit<Statement, 'conditions' | 'written'> {
  readonly comparisons: Comparisons;
  readonly values: Comparisons;
  /** Absent: it has no rows in its rows. */
  readonly nested?: NestedText;
}

/** A query whose rows have the rows that they name, or that name them, in them. */
export interface NestedText {
  readonly outermost: StatementText;
  readonly parts: readonly NestedPart[];
}

/** A text with the values of its parameters. */
export interface SentStatement {
  readonly text: StatementText;
  readonly parameters: readonly unknown[];
}

/** A text as it was sent: what it says, and the parameters that this has, if numbers were taken out of it. */
interface SentText {
  readonly text: StatementText;
  readonly operands: readonly Operand[] | undefined;
}

/** An application sends a few hundred texts. Those that are put together for one query do not push them all out. */
const KEPT_TEXTS = 500;
/** With numbers in them there are more: one for each record that is asked for by many. */
const KEPT_SENT = 2_000;
/** In characters. Longer texts are lists of values, which hardly repeat. */
const LONGEST_KEPT = 4_096;

/** With these a row of the results is not a row of each table, or the results are not those of one query. */
const ODD = [
  ...['right', 'full', 'natural', 'group', 'having', 'window'],
  ...['union', 'except', 'intersect', 'minus', 'table', 'values'],
];

/** With these, rows that meet the conditions may be left out, or several be given as one. */
const CUTTING = ['limit', 'offset', 'fetch', 'distinct', 'top', 'tablesample', 'skip'];

const READING = /^[\s(]*(?:select|with|values|table)\b/i;
const WRITING = /;(?!\s*$)|\b(?:insert|update|delete|replace|merge|into)\b/i;

/** The text that was looked at last: it is asked for before a query, after it, and when its changes are read. */
let lastLook = { sql: '', mayWrite: true };

/** Whether SQL may write; a cheap look before the thorough one. */
export function mayWrite(sql: string): boolean {
  if (sql !== lastLook.sql) lastLook = { sql, mayWrite: !READING.test(sql) || WRITING.test(sql) };
  return lastLook.mayWrite;
}

/** Reads SQL and remembers texts: an ORM sends the same few, with other parameters. */
export class StatementReader {
  readonly #dialect: Dialect;
  readonly #texts = new LRUCache<string, StatementText>({ max: KEPT_TEXTS });
  readonly #sent = new LRUCache<string, SentText>({ max: KEPT_SENT });

  constructor(dialect: Dialect = anySql) {
    this.#dialect = dialect;
  }

  /** A statement with the values that its columns are compared with, or get. */
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

/** Where a text can be read in several ways, the tables of each count, and nothing else is certain. */
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

/** Whether what a SELECT reads are tables with JOIN between them, and nothing that is called. */
function hasOnlyJoins(tokens: readonly Token[]): boolean {
  const from = clauseIn(tokens, 'from', AFTER_FROM) ?? [];
  return from.every((token, at) => {
    const before = from[at - 1];
    const isCall = isSign(token, '(') && (before?.kind === 'name' || before?.kind === 'word');
    return !isComma(token) && !(isCall && !isWord(before, 'on', 'and', 'or', 'not'));
  });
}

/** Whether a table's columns are called otherwise: `FROM posts AS p (key, name)`. */
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
