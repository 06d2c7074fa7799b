import type { Unseen, UnseenThing } from '../../ledger/ledger.js';
import { bodyOf } from './bodies.js';
import type { CatalogueRow, Kind } from './kind.js';
import { Relations } from './relations.js';

/** A row of the query for what an adapter cannot see. Names of tables are in lower case and without their schema. */
export interface UnseenRow {
  /** `told`: a table with triggers of ours. `table`: any table. The others are those of {@link UnseenThing}. */
  readonly kind: 'database' | 'told' | 'table' | Exclude<UnseenThing['kind'], 'untold'>;
  readonly name: string;
  /** The body of a function, procedure or event. */
  readonly text: string | null;
}

/** Returns what an adapter cannot see in a database. `catalogue` says what the database does by itself. */
export function unseenIn(rows: readonly UnseenRow[], catalogue: readonly CatalogueRow[], kind: Kind): Unseen {
  const names = (wanted: UnseenRow['kind']) => rows.flatMap((row) => (row.kind === wanted ? [row.name] : []));
  const [database = 'unnamed'] = names('database');
  const [tables, told] = [new Set(names('table')), new Set(names('told'))];
  const found = rows.flatMap((row): readonly UnseenThing[] => {
    if (row.kind === 'database' || row.kind === 'told' || row.kind === 'table') return [];
    if (row.kind !== 'function' && row.kind !== 'event')
      return [{ kind: row.kind, name: row.name, tables: [] }];
    const { writes, isOpaque } = bodyOf(row.text ?? 'call', kind.dialect);
    const written = [...new Set(writes)].filter((name) => tables.has(name) && !told.has(name));
    return written.length > 0 || isOpaque ? [{ kind: row.kind, name: row.name, tables: written.sort() }] : [];
  });
  const untold = untoldIn(new Relations(catalogue, kind, (table) => table), tables, told);
  return { database: `${database} (${kind.name})`, found: [...found, ...untold] };
}

/** Returns the tables without triggers of ours that change along with tables that have such triggers. */
function untoldIn(
  relations: Relations,
  tables: ReadonlySet<string>,
  told: ReadonlySet<string>,
): readonly UnseenThing[] {
  const along = [...told].flatMap((source) =>
    [...relations.changedWith({ entity: source, action: 'unknown' })].map((table) => ({ source, table })),
  );
  const names = [...new Set(along.map(({ table }) => table))].filter(
    (table) => tables.has(table) && !told.has(table),
  );
  return names.sort().map((name) => {
    const sources = along.flatMap(({ source, table }) => (table === name ? [source] : []));
    return { kind: 'untold', name, tables: sources.sort() };
  });
}
