import type { Change } from '../change.js';

/** A foreign key of the database. Tables have the names of the models behind them; columns are in lower case. */
export interface ForeignKey {
  /** The table that the foreign key refers to. */
  readonly referenced: string;
  /** The columns of that table that the foreign key refers to. */
  readonly columns: readonly string[];
  /** The table that has the foreign key. */
  readonly referencing: string;
  /** Whether the deletion of a row changes or deletes the rows that refer to it. */
  readonly actsOnDelete: boolean;
  /** Whether these rows change when the columns that they refer to change. */
  readonly actsOnUpdate: boolean;
}

/** What the database changes along with the rows of a table. */
export class ForeignKeys {
  readonly #byReferenced = new Map<string, ForeignKey[]>();

  constructor(keys: Iterable<ForeignKey>) {
    for (const key of keys) {
      const known = this.#byReferenced.get(key.referenced) ?? [];
      known.push(key);
      this.#byReferenced.set(key.referenced, known);
    }
  }

  /** Returns the tables that may change along with these changes, directly or through others: any of their rows. */
  reachedBy(changes: readonly Change[]): readonly Change[] {
    const found = new Set<string>();
    for (const change of changes)
      for (const key of this.#of(change.entity)) if (acts(key, change)) this.#follow(key.referencing, found);
    return [...found].map((entity) => ({ entity, action: 'update' }));
  }

  /** Follows every foreign key that acts at all, since other rows may refer to the changed columns. */
  #follow(table: string, found: Set<string>): void {
    if (found.has(table)) return;
    found.add(table);
    for (const key of this.#of(table))
      if (key.actsOnDelete || key.actsOnUpdate) this.#follow(key.referencing, found);
  }

  #of(table: string): readonly ForeignKey[] {
    return this.#byReferenced.get(table) ?? [];
  }
}

/** Whether a foreign key with this rule changes rows: `CASCADE`, `SET NULL` or `SET DEFAULT`. */
export function actsOn(rule = ''): boolean {
  return /^(?:CASCADE|SET)/i.test(rule);
}

function acts({ columns, actsOnDelete, actsOnUpdate }: ForeignKey, { action, fields }: Change): boolean {
  if (action === 'create') return false;
  if (action === 'delete') return actsOnDelete;
  const isRenamed = fields === undefined || columns.some((column) => fields.includes(column));
  return action === 'unknown' ? actsOnDelete || actsOnUpdate : actsOnUpdate && isRenamed;
}
