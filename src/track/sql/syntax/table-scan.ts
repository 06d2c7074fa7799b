import type { Change } from '../../change.js';
import { AFTER_LIST, AFTER_VERB, BEFORE_NAME, BEFORE_VERB, NO_ALIAS, VERBS } from './keywords.js';
import { isWord, type Token } from './tokens.js';

/** A table that a statement reads. */
export interface TableRead {
  /** Its name, in lower case and without its schema. */
  readonly table: string;
  /** Its alias in the statement or, without one, its name. */
  readonly alias: string;
}

/** A table that a statement writes. */
export interface TableWrite {
  readonly table: string;
  /** Its alias in the statement or, without one, its name. */
  readonly alias: string;
  /** An `upsert` creates or updates. Replacing a row may delete other rows with it, so this is `unknown`. */
  readonly action: Change['action'] | 'upsert';
}

export interface Tables {
  readonly reads: readonly TableRead[];
  readonly writes: readonly TableWrite[];
}

/** Statements about the table itself. */
const DEFINING = ['drop', 'alter', 'truncate'];

type Place = 'read' | 'write' | undefined;

interface Frame {
  /** Whether another table follows a comma. */
  isList: boolean;
  place: Place;
  /** The verb, in an UPDATE before SET or a DELETE before WHERE. There, MySQL may write several tables at once. */
  verb?: 'update' | 'delete' | undefined;
}

/** Returns the tables that a statement touches. In doubt, it returns too many: a name of no table does no harm. */
export function tablesIn(tokens: readonly Token[]): Tables {
  const scan = new TableScan(tokens);
  scan.run();
  const { reads } = scan;
  const writes = scan.writes.flatMap((write) => meantBy(write, scan));
  return { reads, writes: isUpsert(tokens) ? writes.map(asUpsert) : writes };
}

/** Adds the tables that a DELETE may name by an alias that comes later: `DELETE p FROM posts p JOIN …`. */
function meantBy(write: TableWrite, { reads, writes }: Tables): readonly TableWrite[] {
  if (write.action !== 'delete' || write.alias !== write.table) return [write];
  const others = [...reads, ...writes].filter(
    ({ table, alias }) => alias === write.alias && table !== write.table,
  );
  return [write, ...others.map(({ table, alias }) => ({ table, alias, action: write.action }))];
}

/** Whether an INSERT updates a row that it finds. With DO NOTHING, it creates a row or does nothing. */
function isUpsert(tokens: readonly Token[]): boolean {
  const isIdle = tokens.some((token, at) => isWord(token, 'do') && isWord(tokens[at + 1], 'nothing'));
  return (
    !isIdle &&
    tokens.some(
      (token, at) => isWord(token, 'on') && ['conflict', 'duplicate'].includes(tokens[at + 1]?.text ?? ''),
    )
  );
}

function asUpsert(write: TableWrite): TableWrite {
  return write.action === 'create' ? { ...write, action: 'upsert' } : write;
}

/** Walks through the tokens once and records the names that stand in the place of a table. */
class TableScan implements Tables {
  readonly reads: TableRead[] = [];
  readonly writes: TableWrite[] = [];
  readonly #tokens: readonly Token[];
  readonly #frames: Frame[] = [{ isList: false, place: undefined }];
  #at = 0;
  /** The index at which the current statement begins: a text may have several. */
  #start = 0;
  #action: TableWrite['action'] = 'unknown';

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  run(): void {
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at];
      this.#at += 1;
      if (token?.kind === 'sign') this.#sign(token.text);
      else if (token?.kind === 'word') this.#word(token.text);
      else if (token?.kind === 'name' && this.#frame.place !== undefined) this.#table();
    }
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
    } else if (sign === ',' && frame.isList) frame.place = this.#placeInList();
    else if (sign === ';') {
      this.#frames.splice(0, this.#frames.length, { isList: false, place: undefined });
      this.#start = this.#at;
    } else if (sign !== ',') frame.place = undefined;
  }

  #placeInList(): Place {
    if (this.#frame.verb !== undefined) return 'write';
    return this.#action === 'unknown' && this.#isFirst('truncate', 'drop') ? 'write' : 'read';
  }

  #word(word: string): void {
    const frame = this.#frame;
    if (this.#reading(word) || this.#writing(word)) return;
    if (AFTER_LIST.has(word)) {
      frame.isList = false;
      frame.place = undefined;
      frame.verb = undefined;
    } else if (frame.place !== undefined && !BEFORE_NAME.has(word) && !this.#isAfterVerb(word)) {
      if (NO_ALIAS.has(word)) frame.place = undefined;
      else this.#table();
    }
  }

  /** Whether a word begins a list of tables that are read. */
  #reading(word: string): boolean {
    if (word === 'from') this.#expect(this.#frame.verb === 'delete' ? 'write' : 'read');
    else if (word === 'join')
      this.#expect(this.#frames.some(({ verb }) => verb === 'update') ? 'write' : 'read');
    else if (word === 'table' && !this.#isFirst(...DEFINING)) this.#expect('read');
    else if (word === 'using' && !this.#isCalled()) {
      this.#expect('read');
      this.#frame.verb = undefined;
    } else return false;
    return true;
  }

  /** Whether a word begins a list of tables that are written. */
  #writing(word: string): boolean {
    if (word === 'into') this.#write(this.#isInsertion() ? 'create' : 'unknown');
    else if ((word === 'update' || word === 'delete') && this.#isVerb()) this.#write(word, word);
    // In MySQL, INTO may be missing. Both words are also functions.
    else if ((word === 'insert' || word === 'replace') && this.#isVerb() && !this.#isCalled())
      this.#write(word === 'insert' ? 'create' : 'unknown');
    // INSERT OR REPLACE may also replace rows with other keys, so the action is unknown.
    else if (word === 'replace' && this.#frame.place === 'write' && isWord(this.#before(), 'or'))
      this.#action = 'unknown';
    else if ((word === 'truncate' || word === 'copy') && this.#isStart()) this.#write('unknown');
    else if (word === 'table' && this.#isFirst(...DEFINING)) this.#write('unknown');
    else return false;
    return true;
  }

  #before(): Token | undefined {
    return this.#tokens[this.#at - 2];
  }

  /** Whether the word just passed may be a verb: it begins a statement, or a statement within another. */
  #isVerb(): boolean {
    const before = this.#before();
    if (before === undefined) return true;
    return before.kind === 'word' ? BEFORE_VERB.has(before.text) : ['(', ')', ';'].includes(before.text);
  }

  #isCalled(): boolean {
    return this.#tokens[this.#at]?.text === '(';
  }

  /** Whether the word just passed modifies a verb, such as IGNORE, and is not a name. */
  #isAfterVerb(word: string): boolean {
    const [before, next] = [this.#before(), this.#tokens[this.#at]];
    if (!AFTER_VERB.has(word) || before?.kind !== 'word') return false;
    if (!VERBS.has(before.text) && !AFTER_VERB.has(before.text)) return false;
    const isName = next?.kind === 'name' || (next?.kind === 'word' && !NO_ALIAS.has(next.text));
    return isName || isWord(next, 'from', 'into');
  }

  #expect(place: 'read' | 'write'): void {
    this.#frame.place = place;
    this.#frame.isList = true;
  }

  #write(action: TableWrite['action'], verb?: Frame['verb']): void {
    this.#action = action;
    this.#frame.verb = verb;
    this.#expect('write');
  }

  /** Records the table whose name was just passed. Reads the parts after dots, and the alias. */
  #table(): void {
    const place = this.#frame.place;
    this.#frame.place = undefined;
    let name = this.#tokens[this.#at - 1]?.text ?? '';
    while (this.#tokens[this.#at]?.text === '.') {
      name = this.#tokens[this.#at + 1]?.text ?? name;
      this.#at += 2;
    }
    if (this.#isCalled() && place === 'read') return;
    const table = name.toLowerCase();
    if (isWord(this.#tokens[this.#at], 'as')) this.#at += 1;
    const next = this.#tokens[this.#at];
    const isAlias = next?.kind === 'name' || (next?.kind === 'word' && !NO_ALIAS.has(next.text));
    if (isAlias) this.#at += 1;
    const alias = (isAlias ? next.text : name).toLowerCase();
    if (place === 'write') this.writes.push({ table, alias, action: this.#action });
    // COPY may read the table or write it.
    if (place === 'read' || this.#isFirst('copy')) this.reads.push({ table, alias });
  }

  #isStart(): boolean {
    const before = this.#before();
    return before === undefined || before.text === ';' || before.text === '(';
  }

  #isFirst(...words: readonly string[]): boolean {
    return words.includes(this.#tokens[this.#start]?.text ?? '');
  }

  /** Whether the INTO just passed belongs to an INSERT, such as `INSERT OR IGNORE INTO`. */
  #isInsertion(): boolean {
    const before = this.#tokens.slice(Math.max(0, this.#at - 5), this.#at - 1);
    const isReplacing = before.some((token) => isWord(token, 'replace'));
    return !isReplacing && before.some((token) => isWord(token, 'insert'));
  }
}
