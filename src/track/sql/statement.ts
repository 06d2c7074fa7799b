import { LRUCache } from 'lru-cache';
import type { Change } from '../track-options.js';
import {
  type Comparisons,
  type Conditions,
  comparisonsIn,
  conditionsOf,
  joinColumnsIn,
  type Selected,
  selectedIn,
  setColumnsIn,
} from './conditions.js';
import { type Token, tokenize } from './tokens.js';

/** A table that a statement reads. */
export interface TableRead {
  /** In lower case, without its schema. */
  readonly table: string;
  /** What the statement calls it. */
  readonly alias: string;
}

/** A table that a statement writes. */
export interface TableWrite {
  readonly table: string;
  /** An `upsert` creates or updates; what replaces a row, and so may delete others with it, is `unknown`. */
  readonly action: Change['action'] | 'upsert';
  /** The columns that an update sets, in lower case. */
  readonly fields: readonly string[] | undefined;
}

/** What SQL says of the tables that it touches. It errs towards more tables; a name that is none does no harm. */
export interface Statement {
  readonly reads: readonly TableRead[];
  readonly writes: readonly TableWrite[];
  /** Whether it is one query over tables, without a query within it or calls in what it selects. */
  readonly isPlain: boolean;
  /** Columns that its condition compares with values, by `alias.column` or `column`; no row beyond is touched. */
  readonly conditions: Conditions;
  /** By alias: the columns of a joined table that are compared with a column of another. */
  readonly joins: ReadonlyMap<string, ReadonlySet<string>>;
  readonly selected: Selected;
}

/** What a statement says, whatever the values of its parameters. */
interface StatementText extends Omit<Statement, 'conditions'> {
  readonly comparisons: Comparisons;
}

/** An application has some hundreds; what is put together anew each time does not push them all out. */
const KEPT_TEXTS = 500;
/** In characters. Longer ones are lists of values, which hardly come again. */
const LONGEST_KEPT = 4_096;

type Place = 'read' | 'write' | undefined;

interface Frame {
  /** Whether a comma begins a further table. */
  isList: boolean;
  place: Place;
}

/** Words before the name of a table. */
const BEFORE_NAME = new Set([
  'only',
  'lateral',
  'table',
  'if',
  'exists',
  'not',
  'or',
  'ignore',
  'abort',
  'fail',
  'rollback',
  'low_priority',
]);
/** Words that end a list of tables. */
const AFTER_LIST = new Set([
  'where',
  'group',
  'order',
  'having',
  'limit',
  'offset',
  'returning',
  'values',
  'union',
  'except',
  'intersect',
  'window',
  'fetch',
  'for',
  'set',
  'select',
  'default',
]);
/** Words that cannot be an alias. */
const NO_ALIAS = new Set([
  ...AFTER_LIST,
  'on',
  'using',
  'join',
  'left',
  'right',
  'full',
  'inner',
  'outer',
  'cross',
  'natural',
  'from',
  'into',
  'cascade',
  'restrict',
  'restart',
  'continue',
  'add',
  'drop',
  'rename',
  'alter',
  'as',
  'when',
  'not',
  'to',
  'indexed',
  'tablesample',
]);
/** Before UPDATE or DELETE: a lock, a rule of a key, or a branch, which names no table. */
const NO_VERB = new Set(['for', 'key', 'do', 'on', 'then']);

/** Whether SQL may write; a cheap look before the thorough one. */
export function mayWrite(sql: string): boolean {
  return /\b(?:insert|update|delete|replace|merge|truncate|drop|alter|copy|into)\b/i.test(sql);
}

/** Reads SQL of any dialect, and remembers texts: an ORM sends the same few, with other parameters. */
export class StatementReader {
  readonly #texts = new LRUCache<string, StatementText>({ max: KEPT_TEXTS });

  read(sql: string, parameters: readonly unknown[] = []): Statement {
    const known = this.#texts.get(sql);
    const text = known ?? readText(sql);
    if (known === undefined && sql.length <= LONGEST_KEPT) this.#texts.set(sql, text);
    return { conditions: conditionsOf(text.comparisons, parameters), ...text };
  }
}

function readText(sql: string): StatementText {
  const statement = readTokens(tokenize(sql, { escapes: false }));
  if (!sql.includes("\\'")) return statement;
  // Where strings end depends on the dialect; both ways of reading count.
  const other = readTokens(tokenize(sql, { escapes: true }));
  return {
    ...other,
    reads: [...statement.reads, ...other.reads],
    writes: [...statement.writes, ...other.writes],
    isPlain: false,
    comparisons: new Map(),
  };
}

function readTokens(tokens: readonly Token[]): StatementText {
  const { reads, writes } = new TableScan(tokens).run();
  const selects = tokens.filter((token) => isWord(token, 'select')).length;
  const end = tokens.findIndex((token) => token.text === ';' && token.kind === 'sign');
  const isSingle = end === -1 || end === tokens.length - 1;
  const isOne = isSingle && !tokens.some((token) => isWord(token, 'with')) && selects <= 1;
  const fromAt = tokens.findIndex((token) => isWord(token, 'from'));
  const hasCall = tokens.slice(0, fromAt).some(({ text }) => text === '(');
  const isOdd = tokens.some(
    (token) => isWord(token, 'right') || isWord(token, 'full') || isWord(token, 'group'),
  );
  const fields = isOne ? setColumnsIn(tokens) : undefined;
  return {
    reads,
    writes: writes.map((write) => ({ ...write, fields: write.action === 'update' ? fields : undefined })),
    isPlain: isOne && selects === 1 && !hasCall && !isOdd,
    comparisons: isOne ? comparisonsIn(tokens) : new Map(),
    joins: joinColumnsIn(tokens),
    selected: selectedIn(tokens.slice(0, fromAt)),
  };
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text === word;
}

/** Walks through the tokens once and notes the names that stand where a table does. */
class TableScan {
  readonly reads: TableRead[] = [];
  readonly writes: Omit<TableWrite, 'fields'>[] = [];
  readonly #tokens: readonly Token[];
  readonly #frames: Frame[] = [{ isList: false, place: undefined }];
  #at = 0;
  #action: TableWrite['action'] = 'unknown';

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  run(): this {
    const isUpsert = this.#tokens.some(
      (token, index) =>
        isWord(token, 'on') && ['conflict', 'duplicate'].includes(this.#tokens[index + 1]?.text ?? ''),
    );
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at];
      this.#at += 1;
      if (token?.kind === 'sign') this.#sign(token.text);
      else if (token?.kind === 'word') this.#word(token.text);
      else if (token?.kind === 'name' && this.#frame.place !== undefined) this.#table();
    }
    for (const [index, write] of this.writes.entries())
      if (isUpsert && write.action === 'create') this.writes[index] = { ...write, action: 'upsert' };
    return this;
  }

  get #frame(): Frame {
    return this.#frames.at(-1) ?? { isList: false, place: undefined };
  }

  #sign(sign: string): void {
    const frame = this.#frame;
    if (sign === '(') this.#frames.push({ isList: frame.place !== undefined, place: frame.place });
    else if (sign === ')' && this.#frames.length > 1) {
      this.#frames.pop();
      this.#frame.place = undefined;
    } else if (sign === ',' && frame.isList)
      frame.place = this.#action === 'unknown' && this.#isFirst('truncate', 'drop') ? 'write' : 'read';
    else if (sign === ';') this.#frames.splice(0, this.#frames.length, { isList: false, place: undefined });
    else if (sign !== ',') frame.place = undefined;
  }

  #word(word: string): void {
    const frame = this.#frame;
    if (this.#reading(word) || this.#writing(word)) return;
    if (AFTER_LIST.has(word)) {
      frame.isList = false;
      frame.place = undefined;
    } else if (frame.place !== undefined && !BEFORE_NAME.has(word)) {
      if (NO_ALIAS.has(word)) frame.place = undefined;
      else this.#table();
    }
  }

  /** Whether a word begins a list of tables that are read. */
  #reading(word: string): boolean {
    if (word === 'from') this.#expect(isWord(this.#before(), 'delete') ? 'write' : 'read');
    else if (word === 'join') this.#expect('read');
    else if (word === 'using' && this.#tokens[this.#at]?.text !== '(') this.#expect('read');
    else return false;
    return true;
  }

  /** Whether a word begins a list of tables that are written. */
  #writing(word: string): boolean {
    const before = this.#before();
    const isVerb = before?.kind !== 'word' || !NO_VERB.has(before.text);
    if (word === 'into') this.#write(this.#isVerb('insert') ? 'create' : 'unknown');
    else if ((word === 'update' || word === 'delete') && isVerb) this.#write(word);
    else if ((word === 'truncate' || word === 'copy') && this.#isStart()) this.#write('unknown');
    else if (word === 'table' && this.#isFirst('drop', 'alter', 'truncate')) this.#write('unknown');
    else return false;
    return true;
  }

  #before(): Token | undefined {
    return this.#tokens[this.#at - 2];
  }

  #expect(place: 'read' | 'write'): void {
    this.#frame.place = place;
    this.#frame.isList = true;
  }

  #write(action: TableWrite['action']): void {
    this.#action = action;
    this.#frame.place = 'write';
    this.#frame.isList = true;
  }

  /** Takes the name that has just been passed, its parts behind dots, and its alias. */
  #table(): void {
    const place = this.#frame.place;
    this.#frame.place = undefined;
    let name = this.#tokens[this.#at - 1]?.text ?? '';
    while (this.#tokens[this.#at]?.text === '.') {
      name = this.#tokens[this.#at + 1]?.text ?? name;
      this.#at += 2;
    }
    const isCall = this.#tokens[this.#at]?.text === '(' && place === 'read';
    if (isCall) return;
    const table = name.toLowerCase();
    if (isWord(this.#tokens[this.#at], 'as')) this.#at += 1;
    const next = this.#tokens[this.#at];
    const isAlias = next?.kind === 'name' || (next?.kind === 'word' && !NO_ALIAS.has(next.text));
    if (isAlias) this.#at += 1;
    if (place === 'write') this.writes.push({ table, action: this.#action });
    else this.reads.push({ table, alias: (isAlias ? next.text : name).toLowerCase() });
  }

  #isStart(): boolean {
    const before = this.#before();
    return before === undefined || before.text === ';' || before.text === '(';
  }

  #isFirst(...words: readonly string[]): boolean {
    return words.includes(this.#tokens[0]?.text ?? '');
  }

  /** Whether the INTO just passed is that of this verb: `INSERT OR IGNORE INTO`. */
  #isVerb(verb: string): boolean {
    const before = this.#tokens.slice(Math.max(0, this.#at - 5), this.#at - 1);
    const isReplacing = before.some((token) => isWord(token, 'replace'));
    return !isReplacing && before.some((token) => isWord(token, verb));
  }
}
