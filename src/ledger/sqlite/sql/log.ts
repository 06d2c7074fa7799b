import type { Selector } from '../../../page/selector.js';
import type { AppendPurpose } from '../../log.js';
import type { Preparer } from './query.js';

export interface EntryRow {
  readonly sequence: number;
  readonly kind: string;
  readonly value: string;
  readonly host: string | null;
  readonly applied: number;
  readonly at: number;
}

/**
 * The states of an entry of the log. A regenerating entry is left to its process until the next start. An intended
 * entry is not an invalidation yet.
 */
export const UNAPPLIED = 0;
export const APPLIED = 1;
export const REGENERATING = 2;
export const INTENDED = 3;

/** The statements that write the log and read it. */
export function prepareLog(sql: Preparer) {
  return {
    lastSequence: sql.number("SELECT seq FROM sqlite_sequence WHERE name = 'invalidations'"),
    appendEntry: sql.query<{ kind: string; value: string; host: string | null; applied: number; at: number }>(
      'INSERT INTO invalidations (kind, value, host, applied, at) VALUES (@kind, @value, @host, @applied, @at)',
    ),
    entry: sql.query<{ sequence: number }, EntryRow>(
      'SELECT * FROM invalidations WHERE sequence = @sequence',
    ),
    entriesAfter: sql.query<{ sequence: number }, EntryRow>(
      'SELECT * FROM invalidations WHERE sequence > @sequence AND applied <> 3',
    ),
    newestEntries: sql.query<{ limit: number }, EntryRow>(
      'SELECT * FROM invalidations ORDER BY sequence DESC LIMIT @limit',
    ),
    unapplied: sql.read<{ sequence: number }>(
      // The index needs the first condition: SQLite does not derive it from the second.
      'SELECT sequence FROM invalidations WHERE applied <> 1 AND applied = 0 ORDER BY sequence',
    ),
    mark: sql.query<{ sequence: number; applied: number }>(
      'UPDATE invalidations SET applied = @applied WHERE sequence = @sequence',
    ),
    intended: sql.read<EntryRow>(
      'SELECT * FROM invalidations WHERE applied <> 1 AND applied = 3 ORDER BY sequence',
    ),
    settle: sql.query<{ sequence: number }>(
      'DELETE FROM invalidations WHERE sequence = @sequence AND applied = 3',
    ),
    claimRegenerating: sql.read('UPDATE invalidations SET applied = 0 WHERE applied = 2'),
    firstOpen: sql.read<{ sequence: number }>(
      'SELECT sequence FROM invalidations WHERE applied <> 1 ORDER BY sequence LIMIT 1',
    ),
    deleteEntries: sql.query<{ sequence: number }>('DELETE FROM invalidations WHERE sequence <= @sequence'),
    floor: sql.number('SELECT sequence FROM floor'),
    raiseFloor: sql.query<{ sequence: number }>('UPDATE floor SET sequence = @sequence'),
  };
}

const kinds = ['path', 'glob', 'tag', 'all'] as const;

/**
 * Returns the kind of an entry as it is stored. An entry that reports no change gets a kind that other releases read as
 * everything.
 */
export function storedKind(kind: Selector['kind'], purpose: AppendPurpose | 'intend'): string {
  return purpose === 'warm' || purpose === 'mark' ? `${purpose}:${kind}` : kind;
}

export function isChange({ kind }: EntryRow): boolean {
  return !/^(?:warm|mark):/.test(kind);
}

/** Returns the selector of a log entry. An unknown kind comes from a newer release, and is read as everything. */
export function selectorOf(row: Pick<EntryRow, 'kind' | 'value' | 'host'>): Selector {
  const written = row.kind.replace(/^(?:warm|mark):/, '');
  const kind = kinds.find((one) => one === written) ?? 'all';
  if (kind === 'all') return { kind };
  if (kind === 'path' && row.host !== null) return { kind, value: row.value, host: row.host };
  return { kind, value: row.value };
}
