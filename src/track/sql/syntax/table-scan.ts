import type { Change } from '../../change.js';
import { AFTER_LIST, AFTER_VERB, BEFORE_NAME, BEFORE_VERB, NO_ALIAS, VERBS } from './keywords.js';
import { isWord, type Token } from './tokens.js';

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
  /** What the statement calls it. */
  readonly alias: string;
  /** An `upsert` creates or updates; what replaces a row, and so may delete others with it, is `unknown`. */
  readonly action: Change['action'] | 'upsert';
}

export interface Tables {
  readonly reads: readonly TableRead[];
  readonly writes: readonly TableWrite[];
}

/** Statements that are of the table itself. */
const DEFINING = ['drop', 'alter', 'truncate'];

type Place = 'read' | 'write' | undefined;

interface Frame {
  /** Whether a comma begins a further table. */
  isList: boolean;
  place: Place;
  /** In an UPDATE before its SET, or a DELETE before its WHERE: MySQL writes several tables at once. */
  verb?: 'update' | 'delete' | undefined;
}

/** The tables that a statement touches. It errs towards more tables; a name that is none does no harm. */
export function tablesIn(tokens: readonly Token[]): Tables {
  const scan = new TableScan(tokens);
  scan.run();
  const { reads } = scan;
  const writes = scan.writes.flatMap((write) => meantBy(write, scan));
  return { reads, writes: isUpsert(tokens) ? writes.map(asUpsert) : writes };
}

/** What a DELETE names may be the alias of a table that comes later: `DELETE p FROM posts p JOIN …`. */
function meantBy(write: TableWrite, { reads, writes }: Tables): readonly TableWrite[] {
  if (write.action !== 'delete' || write.alias !== write.table) return [write];
  const others = [...reads, ...writes].filter(
    ({ table, alias }) => alias === write.alias && table !== write.table,
  );
  return [write, ...others.map(({ table, alias }) => ({ table, alias, action: write.action }))];
}

/** What meets a row and then does nothing creates one, or does nothing. */
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

/** Walks through the tokens once and notes the names that stand where a table does. */
class TableScan implements Tables {
  readonly reads: TableRead[] = [];
  readonly writes: TableWrite[] = [];
  readonly #tokens: readonly Token[];
  readonly #frames: Frame[] = [{ isList: false, place: undefined }];
  #at = 0;
  /** Where the statement begins: a text may have several. */
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
    // MySQL's may go without INTO. Both are functions too.
    else if ((word === 'insert' || word === 'replace') && this.#isVerb() && !this.#isCalled())
      this.#write(word === 'insert' ? 'create' : 'unknown');
    // What has the same keys, or other keys, may be replaced.
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

  /** Whether the word just passed may be a verb: where a statement begins, or one within another. */
  #isVerb(): boolean {
    const before = this.#before();
    if (before === undefined) return true;
    return before.kind === 'word' ? BEFORE_VERB.has(before.text) : ['(', ')', ';'].includes(before.text);
  }

  #isCalled(): boolean {
    return this.#tokens[this.#at]?.text === '(';
  }

  /** Whether the word just passed says how a verb is meant, and is no name. */
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

  /** Takes the name that has just been passed, its parts behind dots, and its alias. */
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
    // COPY goes both ways.
    if (place === 'read' || this.#isFirst('copy')) this.reads.push({ table, alias });
  }

  #isStart(): boolean {
    const before = this.#before();
    return before === undefined || before.text === ';' || before.text === '(';
  }

  #isFirst(...words: readonly string[]): boolean {
    return words.includes(this.#tokens[this.#start]?.text ?? '');
  }

  /** Whether the INTO just passed is that of an INSERT: `INSERT OR IGNORE INTO`. */
  #isInsertion(): boolean {
    const before = this.#tokens.slice(Math.max(0, this.#at - 5), this.#at - 1);
    const isReplacing = before.some((token) => isWord(token, 'replace'));
    return !isReplacing && before.some((token) => isWord(token, 'insert'));
  }
}
