import { LRUCache } from 'lru-cache';
import type { Change } from '../change.js';
import type { Along, Related, Tracker } from '../tracker.js';
import type { CatalogueRow, Kind } from './kind.js';
import { Relations } from './relations.js';
import { type UnseenRow, unseenIn } from './unseen.js';

export interface CatalogueParts {
  readonly kind: Kind;
  readonly tracker: Pick<Tracker, 'logger' | 'cannotSee'>;
  /** The name of the model behind a table. Default: the name of the table. */
  readonly entityOf?: (table: string) => string;
  /** The column behind a property of a model. Default: the column of the same name. */
  readonly columnOf?: (entity: string, field: string) => string;
  /** A number that grows when models are defined later. */
  readonly version?: () => number;
  /** What the options name. It counts in place of what the catalogue cannot say. */
  readonly named: { readonly cascades: Names; readonly views: Names };
  /** Whether what the models say is enough if the catalogue cannot be read. */
  readonly hasModels: boolean;
}

type Names = Readonly<Record<string, readonly string[]>> | undefined;

/** Sends a query and returns its rows. */
type Ask = (sql: string) => unknown;

/** What the rows say, as long as neither they nor the models change. */
interface KnownRelations {
  readonly of: Relations;
  readonly version: number;
  /** What is read along with each entity. It is remembered, since each query needs it. */
  readonly along: LRUCache<string, Along>;
}

/** How many tables are remembered. Statements may name any number of tables, such as temporary ones. */
const KEPT_TABLES = 1_000;
const DEFINES = /\b(?:create|alter|drop)\b/i;
const UNREAD = 'the catalogue of the database could not be read';

/** What a database does by itself. It is read once, and again after it may have changed. */
export class Catalogue implements Related {
  readonly #parts: CatalogueParts;
  #rows: readonly CatalogueRow[] | undefined;
  #relations: KnownRelations | undefined;
  #loading: Promise<void> | undefined;
  #hasFailed = false;
  /** How many times the catalogue may have changed. */
  #changes = 0;

  constructor(parts: CatalogueParts) {
    this.#parts = parts;
  }

  get isKnown(): boolean {
    return this.#rows !== undefined || this.#hasFailed;
  }

  /** Whether a text is one of the catalogue's own queries. */
  isQuestion(sql: string): boolean {
    const { kind } = this.#parts;
    return sql === kind.sql || sql === kind.unseen;
  }

  /** Reads the catalogue, unless it is known. Never rejects. Returns `undefined` if there is nothing to wait for. */
  load(ask: Ask): Promise<void> | undefined {
    if (this.isKnown) return undefined;
    this.#loading ??= this.#read(ask);
    return this.#loading;
  }

  /** Reads the catalogue of a database that answers synchronously. */
  loadNow(ask: Ask): void {
    try {
      const rows = ask(this.#parts.kind.sql) as readonly CatalogueRow[];
      this.#rows = rows;
      this.#guard(() => this.#tellUnseen(rows, ask(this.#parts.kind.unseen)));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Forgets the catalogue, which may have changed. */
  forget(): void {
    this.#rows = undefined;
    this.#relations = undefined;
    this.#hasFailed = false;
    this.#changes += 1;
  }

  changedWith(change: Change): Along {
    const { named, hasModels } = this.#parts;
    const relations = this.#known()?.of;
    if (relations === undefined) {
      const isTold = hasModels || named.cascades !== undefined;
      return isTold ? NOTHING : { entities: [], unclear: `${UNREAD}, ${SO_CHANGED}` };
    }
    const found = relations.changedWith(this.#withColumns(change));
    const opaque = relations.opaqueWrite(
      [change.entity, ...found].filter((one) => !isIn(named.cascades, one)),
    );
    if (opaque === undefined) return { entities: [...found] };
    return {
      entities: [...found],
      unclear: `a trigger of ${opaque} runs what it does not name, ${SO_CHANGED}`,
    };
  }

  readWith(entity: string): Along {
    const { named, hasModels } = this.#parts;
    const relations = this.#known();
    if (relations === undefined) {
      const isTold = hasModels || named.views !== undefined;
      return isTold ? NOTHING : { entities: [], unclear: `${UNREAD}, ${SO_READ}` };
    }
    const known = relations.along.get(entity);
    if (known !== undefined) return known;
    const along = this.#alongRead(entity, relations.of);
    relations.along.set(entity, along);
    return along;
  }

  #alongRead(entity: string, relations: Relations): Along {
    const { named, hasModels } = this.#parts;
    const entities = [...relations.readWith(entity)];
    const opaque = relations.opaqueRead([entity, ...entities].filter((one) => !isIn(named.views, one)));
    if (opaque === undefined) return { entities };
    return {
      entities,
      unclear: `the view ${opaque} calls functions that may read any table, ${hasModels ? SO_READ_BY_MODELS : SO_READ}`,
    };
  }

  #withColumns(change: Change): Change {
    const { columnOf } = this.#parts;
    if (columnOf === undefined || change.fields === undefined) return change;
    return { ...change, fields: change.fields.map((field) => columnOf(change.entity, field)) };
  }

  #known(): KnownRelations | undefined {
    const { kind, entityOf = (table: string) => table, version = () => 0 } = this.#parts;
    if (this.#rows === undefined) return undefined;
    const now = version();
    if (this.#relations?.version !== now)
      this.#relations = {
        of: new Relations(this.#rows, kind, entityOf),
        version: now,
        along: new LRUCache({ max: KEPT_TABLES }),
      };
    return this.#relations;
  }

  async #read(ask: Ask): Promise<void> {
    const before = this.#changes;
    try {
      const rows = (await ask(this.#parts.kind.sql)) as readonly CatalogueRow[];
      if (before === this.#changes) this.#rows = rows;
      await this.#guard(async () => this.#tellUnseen(rows, await ask(this.#parts.kind.unseen)));
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#loading = undefined;
    }
  }

  /** Runs work whose result is only for people, so that its failure does no harm. */
  #guard(work: () => Promise<void> | void): Promise<void> | void {
    const note = (error: unknown) =>
      this.#parts.tracker.logger.debug(
        { err: error },
        'what the adapter cannot see in the database is unknown',
      );
    try {
      return work()?.catch(note);
    } catch (error) {
      note(error);
    }
  }

  #tellUnseen(catalogue: readonly CatalogueRow[], rows: unknown): void {
    const { kind, tracker } = this.#parts;
    tracker.cannotSee(unseenIn(rows as readonly UnseenRow[], catalogue, kind));
  }

  #fail(error: unknown): void {
    this.#hasFailed = true;
    this.#parts.tracker.logger.warn(
      { err: error },
      `${UNREAD}: its foreign keys, views and triggers are not known; name them in the options \`cascades\` and \`views\``,
    );
  }
}

const NOTHING: Along = { entities: [] };
const SO_CHANGED =
  'so a change may have changed other tables; name what changes with it in the option `cascades`';
const SO_READ_BY_MODELS =
  'so it may show other tables; read it in untracked(), and name what it shows with tag()';
const SO_READ = 'so it may show other tables; name what it shows in the option `views`';

function isIn(names: Names, entity: string): boolean {
  return names !== undefined && Object.hasOwn(names, entity);
}

/** Whether a statement may change the catalogue. */
export function defines(sql: string): boolean {
  return DEFINES.test(sql);
}
