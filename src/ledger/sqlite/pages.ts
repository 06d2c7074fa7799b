import { bareName } from '../../page/layout.js';
import { compileSelector, type Selectable } from '../../page/selector.js';
import type { Lease } from '../log.js';
import type { FileMover, PageEntry, PageRecorder, Placement } from '../pages.js';
import type { SqliteRoom } from './room/room.js';
import { selectorOf } from './sql/log.js';
import { printReplay } from './sql/replay.js';
import type { Statements } from './statements.js';
import type { Opening, Transactions } from './transactions.js';

/** Records pages and places them. */
export class SqlitePages implements PageRecorder {
  readonly #transactions: Transactions;
  readonly #version: string | undefined;
  readonly #room: SqliteRoom | undefined;

  /** If the version is `undefined`, pages of any version are placed. */
  constructor(transactions: Transactions, version: string | undefined, room?: SqliteRoom) {
    this.#transactions = transactions;
    this.#version = version;
    this.#room = room;
  }

  record(page: PageEntry): Promise<void> {
    return this.#transactions.run(({ statements }) => {
      statements.insertPage.run({
        file: page.file,
        host: page.host,
        path: page.path,
        name: bareName(page.path),
        expiresAt: page.expiresAt ?? null,
      });
      const row = statements.pageByFile.get({ file: page.file });
      if (row === undefined) throw new Error(`The row of ${page.file} vanished in its own transaction`);
      for (const tag of page.tags) statements.insertTag.run({ tag, page: row.id });
    });
  }

  place(page: PageEntry, lease: Lease, files: FileMover): Promise<Placement> {
    return this.#transactions.run((opening) => {
      const { statements } = opening;
      if (this.#isVoid(page, lease, opening)) {
        // The file name of a page that only Node serves is never used again, so no other render needs its row.
        if (page.headers !== undefined) statements.deleteUnplaced.run({ file: page.file });
        return 'voided';
      }
      const row = statements.pageByFile.get({ file: page.file });
      if (row === undefined) return 'unrecorded';
      const recorded = new Set(statements.tagsOfPage.all({ page: row.id }).map(({ tag }) => tag));
      // Another render of this page may have dropped tags. They must be recorded before the file is placed.
      if ([...page.tags].some((tag) => !recorded.has(tag))) return 'unrecorded';

      // Checked under the lock, so that several processes together do not exceed a bound.
      if (this.#room?.hasRoomFor(page, statements) === false) return 'full';

      removeOtherFiles(page, files, statements);
      files.place();
      if (!this.#transactions.isCurrent(opening)) {
        // The process that created the new ledger may have looked for unknown pages before this one was there.
        files.remove(page.file);
        return 'voided';
      }
      markPlaced(page, row.id, statements);
      for (const tag of recorded) if (!page.tags.has(tag)) statements.deleteTag.run({ tag, page: row.id });
      return 'placed';
    });
  }

  isVoid(page: Selectable, lease: Lease): boolean {
    return this.#isVoid(page, lease, this.#transactions.follow());
  }

  #isVoid(page: Selectable, lease: Lease, { generation, statements }: Opening): boolean {
    if (lease.generation !== generation) return true;
    if (this.#version !== undefined && this.#version !== statements.version.get()) return true;
    if (lease.sequence < Number(statements.floor.get())) return true;
    for (const row of statements.entriesAfter.iterate({ sequence: lease.sequence })) {
      if (compileSelector(selectorOf(row))(page)) return true;
    }
    return false;
  }
}

/** Removes the other files of a page, because it has only one: its old file, if its type or its server has changed. */
function removeOtherFiles({ host, path, file }: PageEntry, files: FileMover, statements: Statements): void {
  for (const other of statements.otherFiles.all({ host, path, name: bareName(path), file })) {
    files.remove(other.file);
    statements.deletePage.run({ id: other.id });
  }
}

function markPlaced(page: PageEntry, id: number, statements: Statements): void {
  const { bytes, hash, host, path, bytesOnDisk } = page;
  const storedAt = Date.now();
  statements.room?.place.run({ page: id, bytes: bytesOnDisk, host, path, placedAt: storedAt });
  statements.markPlaced.run({
    headers: printReplay(page),
    expiresAt: page.expiresAt ?? null,
    ...{ id, codings: page.codings.join(' '), bytes, hash, storedAt },
  });
}
