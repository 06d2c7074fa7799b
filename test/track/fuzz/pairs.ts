/** Pairs of a read and a write: what the write changes of the read's rows has to be in what it deletes. */
import type { Selector } from '../../../src/page/selector.js';
import { Models } from '../../../src/track/models.js';
import type { TrackablePages } from '../../../src/track/tracker.js';
import type { Random } from '../../helpers/protocol/choices.js';
import { RecordingLogger } from '../../helpers/recording-logger.js';
import { randomRead } from './reads.js';
import { definitionsOf, type FuzzSchema, randomSchema, rowsOf } from './schema.js';
import { type FuzzDatabase, randomWrite } from './writes.js';

interface Seen {
  readonly rows: unknown;
  readonly tags: ReadonlySet<string> | undefined;
}

/** Gives what is tracked the tags that its reads get, and collects what changes delete. */
export class FuzzPages implements TrackablePages {
  readonly #models: Models;
  #tags: Set<string> | undefined;
  #selectors: Selector[] = [];
  #isSkipped = false;

  constructor() {
    this.#models = new Models({
      reads: {
        isTracking: () => this.#tags !== undefined,
        read: (_model, ...tags) => {
          for (const tag of tags) this.#tags?.add(tag);
        },
        readUnclear: () => {
          this.#isSkipped = true;
        },
        untracked: (work) => work(),
        changed: () => false,
      },
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
      logger: new RecordingLogger(),
      isClosed: () => false,
    });
  }

  readonly track: TrackablePages['track'] = (options) => this.#models.track(options);

  /** The tags of a page that reads this; undefined: it is not stored. */
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
const ROUNDS_OF_A_SCHEMA = 20;

export async function runPairs(subject: FuzzSubject, random: Random, pairs: number): Promise<Tally> {
  const tally: Tally = { pairs: 0, changed: 0, deleted: 0, stale: [] };
  while (tally.pairs < pairs) {
    const isMysql = subject.database === 'mysql';
    const schema = randomSchema(random, isMysql ? 'loose' : 'text');
    const pages = new FuzzPages();
    const connection = await subject.open(schema, pages);
    for (const statement of definitionsOf(schema, isMysql)) await connection.query(statement);
    for (let round = 0; round < ROUNDS_OF_A_SCHEMA && tally.pairs < pairs; round += 1)
      await runRound({ schema, pages, connection, database: subject.database, random, tally });
    await connection.close();
  }
  return tally;
}

interface Round {
  readonly schema: FuzzSchema;
  readonly pages: FuzzPages;
  readonly connection: FuzzConnection;
  readonly database: FuzzDatabase;
  readonly random: Random;
  readonly tally: Tally;
}

async function runRound({ schema, pages, connection, database, random, tally }: Round): Promise<void> {
  for (const statement of rowsOf(schema, random)) await connection.query(statement);
  const reads = Array.from({ length: READS }, () =>
    randomRead(schema, random, database === 'mysql' ? 'total' : 'some'),
  );
  const look = async () => {
    const seen: Seen[] = [];
    for (const read of reads)
      seen.push(await pages.tagsOf(() => connection.query(read).catch(() => 'refused')));
    return seen;
  };
  let before = await look();
  for (let count = 0; count < WRITES; count += 1) {
    const write = randomWrite(schema, database, random);
    // One that violates a constraint has changed nothing.
    const undo = () => (write.startsWith('begin') ? connection.query('rollback') : undefined);
    const selectors = await pages.selectorsOf(() => connection.query(write).catch(undo));
    const after = await look();
    for (const [index, { rows, tags }] of before.entries()) {
      const isDeleted = tags === undefined || matches(tags, selectors);
      const isChanged = shown(rows, database) !== shown(after[index]?.rows, database);
      tally.pairs += 1;
      if (isChanged) tally.changed += 1;
      if (isDeleted) tally.deleted += 1;
      if (isChanged && !isDeleted)
        tally.stale.push(
          `${reads[index]}\n  [${[...(tags ?? [])]}]\n${write}\n  ${JSON.stringify(selectors)}`,
        );
    }
    before = after;
  }
}

/** MariaDB may give rows that a query leaves in any order in another one after a change of another table. */
function shown(rows: unknown, database: FuzzDatabase): string {
  if (database !== 'mysql' || !Array.isArray(rows)) return JSON.stringify(rows);
  return JSON.stringify(rows.map((row: unknown) => JSON.stringify(row)).sort());
}

function matches(tags: ReadonlySet<string>, selectors: readonly Selector[]): boolean {
  return selectors.some(
    (selector) => selector.kind === 'all' || (selector.kind === 'tag' && tags.has(selector.value)),
  );
}
