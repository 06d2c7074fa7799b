import type { Change } from '../change.js';
import { ModelStatements } from '../sql/model-statements.js';
import { mayWrite } from '../sql/statement.js';
import type { TableModels } from '../sql/table-models.js';
import type { Tracker } from '../tracker.js';
import type { TypeOrmEntity } from './data-source.js';
import { idOf } from './models.js';
import { listed, type QueryEvent, type QueryRunner, readQuery, transactionStep } from './query-event.js';

/** What TypeORM tells a subscriber of a record. */
interface RecordEvent {
  readonly entity?: object | null;
  /** What the record was before. */
  readonly databaseEntity?: object | null;
  readonly metadata: TypeOrmEntity;
  readonly queryRunner: QueryRunner;
}

export interface SubscriberParts {
  readonly tracker: Tracker;
  readonly models: TableModels;
  /** Whether all queries share one connection, so that pages may show what a transaction has not committed. */
  readonly isShared: boolean;
  /** The entities whose records the option `urls` asks for. */
  readonly withUrls: ReadonlySet<string>;
}

/** Hears of every query, whatever part of TypeORM made it, and of the ends of transactions. */
export class Subscriber {
  readonly #parts: SubscriberParts;
  readonly #tracker: Tracker;
  readonly #statements: ModelStatements;
  /** Connections with a transaction that a query of the user's own began. */
  readonly #begun = new WeakSet<QueryRunner>();

  constructor(parts: SubscriberParts) {
    this.#parts = parts;
    this.#tracker = parts.tracker;
    this.#statements = new ModelStatements(parts.models);
  }

  /** A promise only for what has to be waited for: most queries read, and TypeORM would wait for each. */
  afterQuery(event: QueryEvent): Promise<void> | undefined {
    try {
      this.#read(event);
    } catch (error) {
      this.#tracker.report(error);
    }
    const matters = transactionStep(event.query) !== undefined || mayWrite(event.query);
    return matters ? this.#write(event).catch((error) => this.#tracker.report(error)) : undefined;
  }

  async afterTransactionCommit({ queryRunner }: { readonly queryRunner: QueryRunner }): Promise<void> {
    if (!queryRunner.isTransactionActive) await this.#tracker.commit(queryRunner);
  }

  async afterTransactionRollback({ queryRunner }: { readonly queryRunner: QueryRunner }): Promise<void> {
    if (!queryRunner.isTransactionActive) await this.#rolledBack(queryRunner);
  }

  /** The queries told the tags; these know the record, for the option `urls`. */
  readonly afterInsert = (event: RecordEvent) => this.#record(event, 'create');
  readonly afterUpdate = (event: RecordEvent) => this.#record(event, 'update');
  readonly afterRemove = (event: RecordEvent) => this.#record(event, 'delete');
  readonly afterSoftRemove = (event: RecordEvent) => this.#record(event, 'delete');
  readonly afterRecover = (event: RecordEvent) => this.#record(event, 'update');

  #read(event: QueryEvent): void {
    if (!this.#tracker.isReading()) return;
    const { sql, parameters, rows, isForKeys } = readQuery(event);
    const reads = this.#statements.reads(sql, parameters, rows);
    // The query that comes next tells of what was joined.
    for (const { entity, id } of isForKeys ? reads.slice(0, 1) : reads) this.#tracker.read(entity, id);
  }

  async #write({ query, parameters, success, queryRunner }: QueryEvent): Promise<void> {
    const step = transactionStep(query);
    if (step === 'begin') this.#begun.add(queryRunner);
    else if (step === 'commit') {
      // One that failed may have been carried out: its answer can be lost.
      this.#begun.delete(queryRunner);
      await this.#tracker.commit(queryRunner);
    } else if (step === 'rollback' && success) {
      this.#begun.delete(queryRunner);
      await this.#rolledBack(queryRunner);
    } else await this.#tell(queryRunner, this.#statements.changes(query, listed(parameters)));
  }

  async #record(event: RecordEvent, action: 'create' | 'update' | 'delete'): Promise<void> {
    const { metadata, queryRunner } = event;
    const record = action === 'delete' ? (event.databaseEntity ?? event.entity) : event.entity;
    if (!this.#parts.withUrls.has(metadata.name) || record === undefined || record === null) return;
    const before = action === 'update' ? (event.databaseEntity ?? undefined) : undefined;
    const id = idOf(record, metadata);
    await this.#tell(queryRunner, [{ entity: metadata.name, id, action, record, before }]);
  }

  async #tell(queryRunner: QueryRunner, changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    const isOpen = queryRunner.isTransactionActive || this.#begun.has(queryRunner);
    if (isOpen) this.#tracker.defer(queryRunner, changes);
    else await this.#tracker.changed(changes);
  }

  async #rolledBack(queryRunner: QueryRunner): Promise<void> {
    if (this.#parts.isShared) await this.#tracker.commit(queryRunner);
    else this.#tracker.forget(queryRunner);
  }
}
