import { type Catalogue, defines } from '../catalogue/catalogue.js';
import type { Dialect } from '../sql/dialect.js';
import {
  type FoundChanges,
  ModelStatements,
  noteRead,
  type StatementChanges,
} from '../sql/model-statements.js';
import { isRefusal } from '../sql/refusal.js';
import { mayWrite } from '../sql/statement.js';
import type { TableModels } from '../sql/table-models.js';
import type { Tracker } from '../tracker.js';
import type { TypeOrmEntity } from './data-source.js';
import { idOf } from './models.js';
import {
  connectionOf,
  listed,
  type QueryBefore,
  type QueryEvent,
  type QueryRunner,
  readQuery,
} from './query-event.js';
import { SentQueries } from './sent-queries.js';

/** What a subscriber gets from TypeORM after a record is changed. */
interface RecordEvent {
  readonly entity?: object | null;
  /** The record before the change. */
  readonly databaseEntity?: object | null;
  readonly metadata: TypeOrmEntity;
  readonly queryRunner: QueryRunner;
}

export interface SubscriberParts {
  readonly tracker: Tracker;
  readonly models: TableModels;
  /** What the database reads and changes by itself. */
  readonly catalogue: Catalogue;
  /** How the database writes SQL, if it is MySQL or MariaDB. */
  readonly dialect: Dialect | undefined;
  /** Whether pages may have shown what is rolled back, or the database may keep it. */
  readonly deletesOnRollback: boolean;
  /** The entities that the option `urls` names. */
  readonly withUrls: ReadonlySet<string>;
}

/** Gets every query, whatever part of TypeORM made it, and the ends of transactions. */
export class Subscriber {
  readonly #parts: SubscriberParts;
  readonly #tracker: Tracker;
  readonly #statements: ModelStatements;
  /** Connections with a transaction that began with a query of the user. */
  readonly #begun = new WeakSet<QueryRunner>();
  /** Connections whose transaction has changed the catalogue. */
  readonly #defining = new WeakSet<QueryRunner>();
  /** Queries that are committed outside a transaction, until their answers come. */
  readonly #sent = new SentQueries();

  constructor(parts: SubscriberParts) {
    this.#parts = parts;
    this.#tracker = parts.tracker;
    this.#statements = new ModelStatements(parts.models, parts.dialect);
  }

  /** Notes what is committed with a query, before it is sent. */
  beforeQuery(event: QueryBefore): Promise<void> | undefined {
    const { query, queryRunner } = event;
    if (this.#parts.catalogue.isQuestion(query) === true) return undefined;
    const loading = queryRunner.isTransactionActive ? undefined : this.#load(queryRunner);
    return loading === undefined ? this.#noteBefore(event) : loading.then(() => this.#noteBefore(event));
  }

  /** Loads the catalogue before: in the transaction, its query could come between BEGIN and the isolation level. */
  beforeTransactionStart({ queryRunner }: { readonly queryRunner: QueryRunner }): Promise<void> | undefined {
    if ((queryRunner.transactionDepth ?? 0) > 0) return undefined;
    const loading = this.#load(queryRunner);
    if (loading === undefined) this.#tracker.begins(queryRunner);
    return loading?.then(() => this.#tracker.begins(queryRunner));
  }

  /** Returns a promise only if the query must wait: most queries read, and TypeORM would wait for each promise. */
  afterQuery(event: QueryEvent): Promise<void> | undefined {
    if (this.#parts.catalogue.isQuestion(event.query) === true) return undefined;
    try {
      this.#read(event);
    } catch (error) {
      this.#tracker.report(error);
    }
    if (!mayWrite(event.query)) return undefined;
    if (defines(event.query)) this.#forgetCatalogue(event.queryRunner);
    return this.#write(event).catch((error) => this.#tracker.report(error));
  }

  async afterTransactionCommit({ queryRunner }: { readonly queryRunner: QueryRunner }): Promise<void> {
    if (this.#defining.delete(queryRunner)) this.#parts.catalogue.forget();
    if (!queryRunner.isTransactionActive) await this.#tracker.commit(queryRunner);
  }

  async afterTransactionRollback({ queryRunner }: { readonly queryRunner: QueryRunner }): Promise<void> {
    if (!queryRunner.isTransactionActive) await this.#rolledBack(queryRunner);
  }

  /** Queries give the tags; these events know the record, for the option `urls`. */
  readonly afterInsert = (event: RecordEvent) => this.#record(event, 'create');
  readonly afterUpdate = (event: RecordEvent) => this.#record(event, 'update');
  readonly afterRemove = (event: RecordEvent) => this.#record(event, 'delete');
  readonly afterSoftRemove = (event: RecordEvent) => this.#record(event, 'delete');
  readonly afterRecover = (event: RecordEvent) => this.#record(event, 'update');

  #load(queryRunner: QueryRunner): Promise<void> | undefined {
    return this.#parts.catalogue.load((sql) => queryRunner.query(sql));
  }

  /** Forgets the catalogue now, and after the commit, when others see what the transaction has defined. */
  #forgetCatalogue(queryRunner: QueryRunner): void {
    this.#parts.catalogue.forget();
    if (queryRunner.isTransactionActive) this.#defining.add(queryRunner);
  }

  #noteBefore(event: QueryBefore): Promise<void> | undefined {
    if (!mayWrite(event.query)) return undefined;
    try {
      return this.#intend(event);
    } catch (error) {
      this.#tracker.report(error);
      return undefined;
    }
  }

  #read(event: QueryEvent): void {
    if (!this.#tracker.isReading()) return;
    if (this.#isOpen(event.queryRunner)) this.#tracker.readsWithin(event.queryRunner);
    const { reads, unclear } = this.#statements.reads(readQuery(event));
    for (const read of reads) noteRead(this.#tracker, read);
    if (unclear !== undefined) this.#tracker.readAnything(unclear);
  }

  #intend({ query, parameters, queryRunner }: QueryBefore): Promise<void> | undefined {
    const found = this.#statements.changes(query, listed(parameters));
    if (found.steps.includes('begin') && !this.#isOpen(queryRunner)) this.#tracker.begins(queryRunner);
    const isAlone = found.steps.every((step) => step === 'flush') && !this.#isOpen(queryRunner);
    const isEnd = found.steps.includes('commit') || found.steps.includes('flush');
    if (!isAlone && !isEnd) return undefined;
    const owner = isAlone ? this.#sent.add(queryRunner, query) : queryRunner;
    this.#note(owner, found);
    return this.#tracker.intend(owner);
  }

  async #write(event: QueryEvent): Promise<void> {
    const found = this.#statements.changes(event.query, listed(event.parameters));
    const steps = found.steps.filter((step) => step !== 'flush');
    await this.#follow(event, { ...found, steps });
    // An unknown statement may have committed too.
    if (steps.length < found.steps.length || found.unclear !== undefined)
      await this.#tracker.flush(event.queryRunner);
  }

  async #follow(event: QueryEvent, found: StatementChanges): Promise<void> {
    const { success, queryRunner } = event;
    if (found.steps.length === 0) return await this.#wrote(event, found);
    if (!success && found.steps.every((step) => step === 'rollback')) return;
    this.#note(queryRunner, found);
    const isOpen = found.steps.at(-1) === 'begin';
    if (isOpen) this.#begun.add(queryRunner);
    else this.#begun.delete(queryRunner);
    if (found.steps.includes('commit')) await this.#end(queryRunner, event);
    // If there were several statements, the writes may have come before or after the end of the transaction.
    else if (found.changes.length > 0 && !isOpen) await this.#tracker.commit(queryRunner);
    else if (found.steps.includes('rollback')) await this.#rolledBack(queryRunner);
    if (isOpen) this.#note(queryRunner, found);
  }

  /** Follows a statement that neither begins nor ends a transaction. */
  async #wrote(event: QueryEvent, found: FoundChanges): Promise<void> {
    const { query, queryRunner } = event;
    const alone = this.#sent.take(queryRunner, query);
    if (!this.#isOpen(queryRunner)) {
      const owner = alone ?? {};
      this.#note(owner, found);
      return await this.#end(owner, event);
    }
    this.#note(queryRunner, found);
    if (alone !== undefined) this.#tracker.adopt(queryRunner, alone);
  }

  /** Ends changes. A query that failed may have been carried out, or may be later: its answer can be lost. */
  async #end(owner: object, event: QueryEvent): Promise<void> {
    const isLost = !event.success && !isRefusal(event.error);
    if (isLost) await this.#tracker.lost(owner, connectionOf(event));
    else await this.#tracker.commit(owner);
  }

  async #record(event: RecordEvent, action: 'create' | 'update' | 'delete'): Promise<void> {
    const { metadata, queryRunner } = event;
    const record = action === 'delete' ? (event.databaseEntity ?? event.entity) : event.entity;
    if (!this.#parts.withUrls.has(metadata.name) || record === undefined || record === null) return;
    const before = action === 'update' ? (event.databaseEntity ?? undefined) : undefined;
    const id = idOf(record, metadata);
    await this.#tell(queryRunner, { changes: [{ entity: metadata.name, id, action, record, before }] });
  }

  async #tell(queryRunner: QueryRunner, found: FoundChanges): Promise<void> {
    const isOpen = this.#isOpen(queryRunner);
    // A change outside a transaction does not belong to a transaction that begins meanwhile.
    const owner = isOpen ? queryRunner : {};
    this.#note(owner, found);
    if (!isOpen) await this.#tracker.commit(owner);
  }

  #isOpen(queryRunner: QueryRunner): boolean {
    return queryRunner.isTransactionActive || this.#begun.has(queryRunner);
  }

  #note(owner: object, { changes, unclear }: FoundChanges): void {
    if (changes.length > 0) this.#tracker.defer(owner, changes);
    if (unclear !== undefined) this.#tracker.deferAnything(owner, unclear);
  }

  async #rolledBack(queryRunner: QueryRunner): Promise<void> {
    if (this.#parts.deletesOnRollback) await this.#tracker.commit(queryRunner);
    else this.#tracker.forget(queryRunner);
  }
}
