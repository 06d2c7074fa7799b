import { statSync } from 'node:fs';
import { type NginxSeen, type RefusedPage, STORED_BY_RULE } from '../../metrics.js';
import { bareName } from '../../page/layout.js';
import { openDatabase } from '../../sqlite/open.js';
import type {
  LedgerReader,
  LogEntry,
  NotedUnseen,
  PurgeBacklog,
  RoomFigures,
  ShownStanding,
  Statistics,
  StoredPage,
} from '../ledger.js';
import { translateSqliteError } from './file/connection.js';
import { groundOf } from './file/ground.js';
import { addLearned, checkSchema } from './file/schema.js';
import { unseenIn } from './learned/unseen.js';
import { BATCH_ROWS } from './matching.js';
import { hasPurgeTables } from './purges/statements.js';
import { hasRoomTables, type RoomStatements } from './room/statements.js';
import { type Identity, shownStandingOf } from './shared/standing.js';
import { hasSharedTables } from './shared/statements.js';
import { APPLIED, isChange, selectorOf } from './sql/log.js';
import type { PageRow } from './sql/pages.js';
import { parseReplay } from './sql/replay.js';
import { prepareStatements, type Statements } from './statements.js';

/** How long a read waits for another process that is opening or closing the ledger. */
const READ_TIMEOUT_MS = 5_000;
/** How many pages `stats` shows. */
const MOST_ASKED_FOR = 10;
const LAST_EVICTED = 10;

/**
 * Opens an existing ledger only to read it: no file of the site is changed, whichever user runs this. SQLite may leave
 * an empty -wal and -shm next to it, which belong to the ledger's owner.
 * Throws `ERR_LEDGER_UNUSABLE`, `ERR_LEDGER_FOREIGN`, `ERR_LEDGER_VERSION` or `ERR_NO_SQLITE`.
 */
export function openReader(file: string): { readonly reader: LedgerReader; readonly close: () => void } {
  try {
    const database = openDatabase(file, { readonly: true, timeoutMilliseconds: READ_TIMEOUT_MS });
    const close = () => database.close();
    try {
      checkSchema(database, file);
      addLearned(database, 'TEMP TABLE');
      const parts = { isShared: hasSharedTables(database), isPurged: hasPurgeTables(database) };
      const bounds = hasRoomTables(database) ? {} : undefined;
      const statements = prepareStatements(database, { ...parts, bounds });
      return { reader: new SqliteReader(() => ({ statements, ...identityIn(file) })), close };
    } catch (error) {
      close();
      throw error;
    }
  } catch (error) {
    throw translateSqliteError(error, file);
  }
}

function identityIn(file: string): Identity {
  const { dev: device, ino: inode } = statSync(file);
  return { ground: groundOf(file), device, inode };
}

interface Reading extends Identity {
  readonly statements: Statements;
}

/** Reads for people, through the current connection. */
export class SqliteReader implements LedgerReader {
  readonly #connection: () => Reading;

  constructor(connection: () => Reading) {
    this.#connection = connection;
  }

  get #statements(): Statements {
    return this.#connection().statements;
  }

  get(host: string, path: string): StoredPage | undefined {
    const statements = this.#statements;
    const found = statements.placedFile.get({ host, path, name: bareName(path) });
    const row = found === undefined ? undefined : statements.pageByFile.get({ file: found.file });
    return row === undefined ? undefined : storedPage(row, statements);
  }

  *pages(from = ''): Iterable<StoredPage> {
    const statements = this.#statements;
    let group: PageRow[] = [];
    for (const row of placedByName(statements, from)) {
      if (group[0] !== undefined && group[0].name !== row.name) {
        yield* storedPages(group, statements);
        group = [];
      }
      group.push(row);
    }
    yield* storedPages(group, statements);
  }

  learnedCookies(): readonly string[] {
    return this.#statements.cookies.all().map(({ name }) => name);
  }

  unseen(): readonly NotedUnseen[] {
    return unseenIn(this.#statements);
  }

  sharedStanding(): ShownStanding | undefined {
    return shownStandingOf(this.#statements.shared, this.#connection);
  }

  statistics(): Statistics {
    const statements = this.#statements;
    const { pages = 0, bytes = 0, node = 0 } = statements.totals.get() ?? {};
    const { counters, storedByRule } = countersOf(statements.counters.all());
    const rules = statements.ruleVisits.all();
    const visits =
      rules.length === 0 ? undefined : { rules, pages: statements.pageHits.all({ limit: MOST_ASKED_FOR }) };
    return {
      pages,
      bytes,
      servedByNode: node,
      counters,
      storedByRule,
      visits,
      room: roomFigures(statements.room),
    };
  }

  nginxSeen(): readonly NginxSeen[] {
    return this.#statements.nginx.all();
  }

  lastRefusal(host: string, path: string): RefusedPage | undefined {
    const row = this.#statements.refusal.get({ host, path });
    return row === undefined ? undefined : { ...row, detail: row.detail ?? undefined };
  }

  lastRefusals(reason: string, limit: number): readonly RefusedPage[] {
    const rows = this.#statements.refusals.all({ reason, limit });
    return rows.map((row) => ({ ...row, detail: row.detail ?? undefined }));
  }

  backlog(): PurgeBacklog | undefined {
    const row = this.#statements.purges?.backlog.get();
    if (row === undefined) return undefined;
    return { waiting: row.waiting, again: row.again, oldestAt: row.oldest ?? undefined };
  }

  log(limit: number): readonly LogEntry[] {
    const rows = this.#statements.newestEntries.all({ limit });
    return rows.map((row) => ({
      sequence: row.sequence,
      selector: selectorOf(row),
      isChange: isChange(row),
      applied: row.applied === APPLIED,
      at: row.at,
    }));
  }
}

function countersOf(
  rows: readonly { readonly name: string; readonly value: number }[],
): Pick<Statistics, 'counters' | 'storedByRule'> {
  const isOfRule = ({ name }: { readonly name: string }) => name.startsWith(STORED_BY_RULE);
  const others = rows.filter((row) => !isOfRule(row));
  const ofRules = rows.filter(isOfRule);
  return {
    counters: Object.fromEntries(others.map(({ name, value }) => [name, value])),
    storedByRule: new Map(ofRules.map(({ name, value }) => [name.slice(STORED_BY_RULE.length), value])),
  };
}

function roomFigures(room: RoomStatements | undefined): RoomFigures | undefined {
  const use = room?.all.get();
  if (room === undefined || use === undefined) return undefined;
  const { pages, bytes } = use;
  return { pages, bytes, evicted: room.lastEvicted.all({ limit: LAST_EVICTED }) };
}

/** Yields rows in the order of the index by name, read in batches. */
function* placedByName({ placedByName: query }: Statements, from: string): Generator<PageRow> {
  for (let [name, after, more] = [from, 0, true]; more; ) {
    const rows = query.all({ name, after, limit: BATCH_ROWS });
    for (const row of rows) [name, after] = [row.name, row.id];
    yield* rows;
    more = rows.length === BATCH_ROWS;
  }
}

/** Returns the pages of one name: both its forms, on every host. They are few, so sorting them costs nothing. */
function storedPages(rows: readonly PageRow[], statements: Statements): readonly StoredPage[] {
  const sorted = rows.toSorted((a, b) => compare(a.path, b.path) || compare(a.host, b.host));
  return sorted.map((row) => storedPage(row, statements));
}

/** Compares by code unit, so that the order is the same on every machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function storedPage(row: PageRow, statements: Statements): StoredPage {
  const { id, file, host, path, bytes, hash } = row;
  return {
    ...{ file, host, path, bytes, hash },
    storedAt: row.stored_at,
    expiresAt: row.expires_at ?? undefined,
    servedBy: row.headers === null ? 'nginx' : 'node',
    audience: parseReplay(row.headers).audience,
    tags: statements.tagsOfPage.all({ page: id }).map(({ tag }) => tag),
  };
}
