/** Pairs of a read and a write: if the write changes the result of the read, it must delete the page of the read. */
import type { Unseen } from '../../../src/ledger/ledger.js';
import type { Selector } from '../../../src/page/selector.js';
import { Models } from '../../../src/track/models.js';
import type { TrackablePages } from '../../../src/track/tracker.js';
import { effort } from '../../helpers/effort.js';
import type { Random } from '../../helpers/protocol/choices.js';
import { RecordingLogger } from '../../helpers/recording-logger.js';
import { DrizzleReads } from './drizzle-reads.js';
import { randomRead } from './reads.js';
import { definitionsOf, type FuzzSchema, randomSchema, rowsOf } from './schema.js';
import { type FuzzDatabase, randomWrite } from './writes.js';

interface Seen {
  readonly rows: unknown;
  readonly tags: ReadonlySet<string> | undefined;
}

/** Collects the tags of tracked reads, and the selectors of the deletions that changes cause. */
export class FuzzPages implements TrackablePages {
  readonly #models: Models;
  #tags: Set<string> | undefined;
  #selectors: Selector[] = [];
  #isSkipped = false;
  /** What adapters have reported about databases, the latest at the end. */
  readonly unseen: Unseen[] = [];

  constructor(logger = new RecordingLogger()) {
    this.#models = new Models({
      reads: {
        isTracking: () => this.#tags !== undefined,
        read: (_model, ...tags) => {
          for (const tag of tags) this.#tags?.add(tag);
        },
        readUnclear: () => {
          this.#isSkipped = true;
        },
        readSince: () => undefined,
        follow: () => undefined,
        untracked: (work) => work(),
        changed: () => false,
      },
      lease: () => ({ generation: 0, sequence: 0 }),
      resolve: async () => [],
      invalidate: async (selectors) => {
        this.#selectors.push(...selectors);
      },
      intents: {
        intend: () => ({ generation: 0, sequences: [] }),
        intendNow: () => ({ generation: 0, sequences: [] }),
        settle: async () => undefined,
        deleteNowAndLater: async (selectors) => void this.#selectors.push(...selectors),
      },
      noteUnseen: (unseen) => void this.unseen.push(unseen),
      logger,
      isClosed: () => false,
    });
  }

  readonly track: TrackablePages['track'] = (options) => this.#models.track(options);

  /** Returns the rows that a page reads, and its tags. The tags are `undefined` if the page is not stored. */
  async tagsOf(read: () => Promise<unknown>): Promise<Seen> {
    const tags = new Set<string>();
    this.#tags = tags;
    this.#isSkipped = false;
    try {
      return { rows: await read(), tags: this.#isSkipped ? undefined : tags };
    } finally {
      this.#tags = undefined;
    }
  }

  async selectorsOf(write: () => Promise<unknown>): Promise<readonly Selector[]> {
    this.#selectors = [];
    await write();
    return this.#selectors;
  }
}

export interface FuzzSubject {
  readonly database: FuzzDatabase;
  /** Opens a database, and follows what is read and written in it. */
  open(schema: FuzzSchema, pages: FuzzPages): Promise<FuzzConnection>;
}

export interface FuzzConnection {
  query(sql: string): Promise<unknown>;
  close(): Promise<void>;
}

export interface Tally {
  pairs: number;
  changed: number;
  deleted: number;
  readonly stale: string[];
}

const READS = 6;
const WRITES = 8;
/** Few usually, so that short runs also test more than one schema. */
const ROUNDS_OF_A_SCHEMA = effort({ usual: 4, long: 20 });

/**
 * Shares of the pairs. More than `changed` must change, so that something is tested. Fewer than `deleted` must be
 * deleted.
 */
export interface Bounds {
  readonly changed: number;
  readonly deleted: number;
}

/** If too few of the pairs happen to change, up to this many times as many pairs are tried. */
const MOST_TIMES = 5;

/** Whether a search continues: until it has the wanted number of pairs, and these are within the bounds. */
export function goesOn({ pairs, changed, deleted }: Tally, wanted: number, bounds: Bounds): boolean {
  const isWithin = changed > pairs * bounds.changed && deleted < pairs * bounds.deleted;
  return pairs < wanted || (!isWithin && pairs < MOST_TIMES * wanted);
}

export async function runPairs(
  subject: FuzzSubject,
  random: Random,
  { wanted, bounds }: { readonly wanted: number; readonly bounds: Bounds },
): Promise<Tally> {
  const { database } = subject;
  const tally = newTally();
  while (goesOn(tally, wanted, bounds)) {
    const isMysql = database === 'mysql';
    const schema = randomSchema(random, isMysql ? 'loose' : 'text');
    const pages = new FuzzPages();
    const connection = await subject.open(schema, pages);
    const drizzle = new DrizzleReads(schema, database);
    const sent = (sql: string): Call => ({ told: sql, run: () => connection.query(sql) });
    // A write that violates a constraint changes nothing.
    const undone = (sql: string): Call => ({
      told: sql,
      run: () =>
        connection
          .query(sql)
          .catch(() => (sql.startsWith('begin') ? connection.query('rollback') : undefined)),
    });
    for (const statement of definitionsOf(schema, isMysql)) await connection.query(statement);
    for (let round = 0; round < ROUNDS_OF_A_SCHEMA && goesOn(tally, wanted, bounds); round += 1) {
      for (const statement of rowsOf(schema, random)) await connection.query(statement);
      const order = database === 'sqlite' ? 'some' : 'total';
      const read = () => (random.chance(0.25) ? drizzle.next(random) : randomRead(schema, random, order));
      const reads = Array.from({ length: READS }, () => sent(read()));
      const write = () => undone(randomWrite(schema, database, random));
      await runRound({
        pages,
        reads,
        write,
        tally,
        shown: database === 'sqlite' ? JSON.stringify : unordered,
      });
    }
    await connection.close();
  }
  return tally;
}

export function newTally(): Tally {
  return { pairs: 0, changed: 0, deleted: 0, stale: [] };
}

/** A read or a write, with a description. */
export interface Call {
  readonly told: string;
  run(): Promise<unknown>;
}

export interface Round {
  readonly pages: FuzzPages;
  readonly reads: readonly Call[];
  /** Returns a random write. */
  readonly write: () => Call;
  readonly tally: Tally;
  /** Returns a text of the results. Two results with the same content have the same text. */
  readonly shown: (results: unknown) => string | undefined;
}

/** Compares the results of the same reads before and after each of several writes. */
export async function runRound({ pages, reads, write, tally, shown }: Round): Promise<void> {
  const look = async () => {
    const seen: Seen[] = [];
    for (const read of reads) seen.push(await pages.tagsOf(() => read.run().catch(() => 'refused')));
    return seen;
  };
  let before = await look();
  for (let count = 0; count < WRITES; count += 1) {
    const { told, run } = write();
    const selectors = await pages.selectorsOf(run);
    const after = await look();
    for (const [index, { rows, tags }] of before.entries()) {
      const isDeleted = tags === undefined || matches(tags, selectors);
      const isChanged = shown(rows) !== shown(after[index]?.rows);
      tally.pairs += 1;
      if (isChanged) tally.changed += 1;
      if (isDeleted) tally.deleted += 1;
      if (isChanged && !isDeleted)
        tally.stale.push(
          `${reads[index]?.told}\n  [${[...(tags ?? [])]}]\n${told}\n  ${JSON.stringify(selectors)}`,
        );
    }
    before = after;
  }
}

/**
 * Sorts the rows. If a query has no order, a server may change the order after a change of another table, or after an
 * analysis.
 */
function unordered(rows: unknown): string {
  if (!Array.isArray(rows)) return JSON.stringify(rows);
  return JSON.stringify(rows.map((row: unknown) => JSON.stringify(row, sorted)).sort());
}

/** Sorts nested rows too. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith('[[')) return sorted('', JSON.parse(value));
  return Array.isArray(value) && value.every(Array.isArray)
    ? value.map((row) => JSON.stringify(row, sorted)).sort()
    : value;
}

export function matches(tags: ReadonlySet<string>, selectors: readonly Selector[]): boolean {
  return selectors.some(
    (selector) => selector.kind === 'all' || (selector.kind === 'tag' && tags.has(selector.value)),
  );
}

/** Returns JSON that does not depend on the order in which properties were set. */
export function canonical(results: unknown): string {
  return JSON.stringify(results, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}
