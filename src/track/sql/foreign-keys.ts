import type { Change } from '../change.js';

/** A foreign key, as a database has it. Tables and columns in lower case. */
export interface ForeignKey {
  /** The table whose rows are named. */
  readonly referenced: string;
  /** Its columns by which they are named. */
  readonly columns: readonly string[];
  /** The table whose rows name them. */
  readonly referencing: string;
  /** Whether a deletion of a named row changes, or deletes, those that name it. */
  readonly actsOnDelete: boolean;
  /** Whether they change with the columns by which a row is named. */
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

  /** The tables that may change with changes of rows, directly or by way of others: any of their rows. */
  reachedBy(changes: readonly Change[]): readonly Change[] {
    const found = new Set<string>();
    for (const change of changes)
      for (const key of this.#of(change.entity)) if (acts(key, change)) this.#follow(key.referencing, found);
    return [...found].map((entity) => ({ entity, action: 'update' }));
  }

  /** What is changed may be what others name, so every key that acts at all is followed. */
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
