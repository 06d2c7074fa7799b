import type { Measured, NginxSeen, RefusedPage } from '../../metrics.js';
import type { Selectable, Selector } from '../../page/selector.js';
import { FoundPages } from '../found-pages.js';
import type {
  BatchRemover,
  Completeness,
  Contradiction,
  Entries,
  FileMover,
  FileRemover,
  Learning,
  Lease,
  Ledger,
  PageEntry,
  RemovedPage,
  Suspect,
  Unseen,
} from '../ledger.js';
import { SqliteFigures } from './figures.js';
import type { SqliteLedgerOptions } from './file/connection.js';
import { SqliteFinder } from './finder.js';
import { SqliteInspection } from './inspection.js';
import { SqliteContradictions } from './learned/contradictions.js';
import { SqliteCookies } from './learned/cookies.js';
import { SqliteUnseen } from './learned/unseen.js';
import { SqliteLog } from './log.js';
import { SqliteOverview } from './overview/overview.js';
import { SqlitePages } from './pages.js';
import { SqlitePurges } from './purges/outbox.js';
import { SqliteReader } from './reader.js';
import { SqliteRemovals } from './removals.js';
import { SqliteRoom } from './room/room.js';
import { SqliteSharedLog } from './shared/log.js';
import { Transactions } from './transactions.js';

/** The ledger in one SQLite file (WAL), which every process of the site opens. All parts share the transactions. */
export class SqliteLedger implements Ledger {
  readonly #transactions: Transactions;
  readonly #finder: SqliteFinder;
  readonly #pages: SqlitePages;
  readonly #log: SqliteLog;
  readonly #removals: SqliteRemovals;
  readonly #inspection: SqliteInspection;
  readonly #figures: SqliteFigures;
  readonly #contradictions: SqliteContradictions;
  readonly #cookies: SqliteCookies;
  readonly #unseen: SqliteUnseen;
  readonly #reader: SqliteReader;
  readonly shared: Ledger['shared'];
  readonly purges: Ledger['purges'];
  readonly room: SqliteRoom | undefined;
  readonly overview: SqliteOverview;

  constructor(options: SqliteLedgerOptions) {
    const found = new FoundPages();
    const transactions = new Transactions(options, () => {
      found.forget();
      this.#cookies.forget();
    });
    this.#transactions = transactions;
    this.#finder = new SqliteFinder(transactions, found);
    this.room = options.bounds && new SqliteRoom(transactions, options.bounds);
    this.#pages = new SqlitePages(transactions, options.version, this.room);
    this.#log = new SqliteLog(transactions);
    this.#removals = new SqliteRemovals(transactions);
    this.#inspection = new SqliteInspection(transactions);
    this.#figures = new SqliteFigures(transactions);
    this.#contradictions = new SqliteContradictions(transactions);
    this.#cookies = new SqliteCookies(transactions);
    this.#unseen = new SqliteUnseen(transactions);
    this.#reader = new SqliteReader(() => transactions.opening);
    this.overview = new SqliteOverview(transactions);
    this.shared = options.isShared ? new SqliteSharedLog(transactions) : undefined;
    this.purges = options.isPurged ? new SqlitePurges(transactions) : undefined;
  }

  find(host: string, path: string): ReturnType<Ledger['find']> {
    return this.#finder.find(host, path);
  }

  record(page: PageEntry): Promise<void> {
    return this.#pages.record(page);
  }

  place(page: PageEntry, lease: Lease, files: FileMover): ReturnType<Ledger['place']> {
    return this.#pages.place(page, lease, files);
  }

  isVoid(page: Selectable, lease: Lease): boolean {
    return this.#pages.isVoid(page, lease);
  }

  lease(): Lease {
    return this.#log.lease();
  }

  append(...given: Parameters<Ledger['append']>): Promise<Entries> {
    return this.#log.append(...given);
  }

  flush(): Promise<void> {
    return this.#log.flush();
  }

  intend(selectors: readonly Selector[]): Entries | Promise<Entries> {
    return this.#log.intend(selectors);
  }

  intendNow(selectors: readonly Selector[]): Entries {
    return this.#log.intendNow(selectors);
  }

  settle(intended: readonly Entries[]): Promise<void> {
    return this.#log.settle(intended);
  }

  intended(): ReturnType<Ledger['intended']> {
    return this.#log.intended();
  }

  markApplied(entries: Entries): Promise<void> {
    return this.#log.markApplied(entries);
  }

  unapplied(): Entries {
    return this.#log.unapplied();
  }

  claimRegenerating(): Promise<void> {
    return this.#log.claimRegenerating();
  }

  apply(entries: Entries, files: FileRemover): Promise<readonly RemovedPage[]> {
    return this.#removals.apply(entries, files);
  }

  removeUnrecorded(selectors: readonly Selector[], files: FileRemover): Promise<readonly RemovedPage[]> {
    return this.#removals.removeUnrecorded(selectors, files);
  }

  matching(entries: Entries): Promise<readonly RemovedPage[]> {
    return this.#removals.matching(entries);
  }

  nextExpiry(): number | undefined {
    return this.#removals.nextExpiry();
  }

  expire(now: number, files: BatchRemover): Promise<readonly RemovedPage[]> {
    return this.#removals.expire(now, files);
  }

  completeness(): Completeness {
    return this.#inspection.completeness();
  }

  markComplete(completeness: Completeness): Promise<void> {
    return this.#inspection.markComplete(completeness);
  }

  placed(file: string): ReturnType<Ledger['placed']> {
    return this.#inspection.placed(file);
  }

  newestStoredAt(): number {
    return this.#inspection.newestStoredAt();
  }

  files(): Iterable<string> {
    return this.#inspection.files();
  }

  removeSuspects(suspects: readonly Suspect[], files: BatchRemover): Promise<readonly string[]> {
    return this.#inspection.removeSuspects(suspects, files);
  }

  forgetMissing(files: readonly string[], isThere: (file: string) => boolean): Promise<number> {
    return this.#inspection.forgetMissing(files, isThere);
  }

  note(measured: Measured): Promise<void> {
    return this.#figures.note(measured);
  }

  noteContradictions(generation: number, found: readonly Contradiction[]): Promise<void> {
    return this.#contradictions.noteContradictions(generation, found);
  }

  contradictionsOf(host: string, path: string): readonly Contradiction[] {
    return this.#contradictions.contradictionsOf(host, path);
  }

  learnedCookies(): readonly string[] {
    return this.#cookies.learnedCookies();
  }

  learnCookies(names: readonly string[], takesRoom: (name: string) => boolean): Promise<Learning> {
    return this.#cookies.learnCookies(names, takesRoom);
  }

  noteUnseen(unseen: Unseen): Promise<void> {
    return this.#unseen.noteUnseen(unseen);
  }

  unseen(): ReturnType<Ledger['unseen']> {
    return this.#unseen.unseen();
  }

  get(host: string, path: string): ReturnType<Ledger['get']> {
    return this.#reader.get(host, path);
  }

  pages(from?: string): ReturnType<Ledger['pages']> {
    return this.#reader.pages(from);
  }

  statistics(): ReturnType<Ledger['statistics']> {
    return this.#reader.statistics();
  }

  nginxSeen(): readonly NginxSeen[] {
    return this.#reader.nginxSeen();
  }

  lastRefusal(host: string, path: string): RefusedPage | undefined {
    return this.#reader.lastRefusal(host, path);
  }

  lastRefusals(reason: string, limit: number): readonly RefusedPage[] {
    return this.#reader.lastRefusals(reason, limit);
  }

  backlog(): ReturnType<Ledger['backlog']> {
    return this.#reader.backlog();
  }

  log(limit: number): ReturnType<Ledger['log']> {
    return this.#reader.log(limit);
  }

  sharedStanding(): ReturnType<Ledger['sharedStanding']> {
    return this.#reader.sharedStanding();
  }

  close(): Promise<void> {
    return this.#transactions.close();
  }
}
