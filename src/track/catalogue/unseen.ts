import type { Unseen, UnseenThing } from '../../ledger/ledger.js';
import { bodyOf } from './bodies.js';
import type { CatalogueRow, Kind } from './kind.js';
import { Relations } from './relations.js';

/** What a database says of itself when it is asked what an adapter cannot see; names in lower case and without their schema. */
export interface UnseenRow {
  /** `told`: a table with triggers of ours. `table`: any table. The others as in {@link UnseenThing}. */
  readonly kind: 'database' | 'told' | 'table' | Exclude<UnseenThing['kind'], 'untold'>;
  readonly name: string;
  /** What a function, procedure or event does. */
  readonly text: string | null;
}

/** What an adapter cannot see in a database; `catalogue` is what the database does by itself. */
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

/** Tables that change along with some whose triggers tell, and have none that does. */
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
