import type { Change } from '../change.js';
import { actsOn, ForeignKeys } from '../sql/foreign-keys.js';
import { bodyOf } from './bodies.js';
import type { CatalogueRow, Kind } from './kind.js';

/** A set of names for each name. */
type Edges = Map<string, Set<string>>;

/** What the database itself reads and changes along with its tables. Tables have the names of the models behind them. */
export class Relations {
  readonly #keys: ForeignKeys;
  /** What each view shows. */
  readonly #shown: Edges = new Map();
  /** What changes with each table through views, triggers and inheritance. */
  readonly #along: Edges = new Map();
  /** Views that may show tables that they do not name, and tables whose triggers may write such tables. */
  readonly #opaqueReads = new Set<string>();
  readonly #opaqueWrites = new Set<string>();

  constructor(rows: readonly CatalogueRow[], kind: Kind, entityOf: (table: string) => string) {
    const named = rows.map((row) => ({
      ...row,
      source: entityOf(row.source),
      target: row.target === null ? null : entityOf(row.target),
    }));
    this.#keys = new ForeignKeys(named.flatMap(keyOf));
    for (const row of named) this.#add(row, kind, entityOf);
  }

  /** Returns the names of all tables that may change along with a change. Any of their rows may change. */
  changedWith(change: Change): ReadonlySet<string> {
    const found = new Set<string>();
    const queue: Change[] = [change];
    for (const one of queue) {
      const along = this.#along.get(one.entity) ?? [];
      for (const entity of [...this.#keys.reachedBy([one]).map((other) => other.entity), ...along])
        if (!found.has(entity)) {
          found.add(entity);
          queue.push({ entity, action: 'unknown' });
        }
    }
    return found;
  }

  /** Returns the first of these tables whose triggers may write tables that they do not name. */
  opaqueWrite(entities: Iterable<string>): string | undefined {
    return [...entities].find((entity) => this.#opaqueWrites.has(entity));
  }

  /** Returns what is read with a view, including what the views within it show. */
  readWith(entity: string): ReadonlySet<string> {
    const found = new Set<string>();
    const queue = [entity];
    for (const one of queue)
      for (const other of this.#shown.get(one) ?? [])
        if (!found.has(other)) {
          found.add(other);
          queue.push(other);
        }
    return found;
  }

  /** Returns the first of these views that may show tables that it does not name. */
  opaqueRead(entities: Iterable<string>): string | undefined {
    return [...entities].find((entity) => this.#opaqueReads.has(entity));
  }

  #add(
    { kind, source, target, text }: CatalogueRow,
    { dialect }: Kind,
    entityOf: (t: string) => string,
  ): void {
    const body = text === null ? undefined : bodyOf(text, dialect);
    if (kind === 'view') {
      for (const table of target === null ? (body?.reads ?? []).map(entityOf) : [target]) {
        add(this.#shown, source, table);
        add(this.#along, source, table);
      }
    } else if (kind === 'part' && target !== null) {
      add(this.#along, source, target);
      add(this.#along, target, source);
    } else if (kind === 'trigger') {
      for (const table of target === null ? (body?.writes ?? []).map(entityOf) : [target])
        add(this.#along, source, table);
      if (body?.isOpaque === true) this.#opaqueWrites.add(source);
    } else if (kind === 'opaque') this.#opaqueReads.add(source);
  }
}

function keyOf({ kind, source, target, field, deletes, updates }: CatalogueRow) {
  if (kind !== 'key' || target === null) return [];
  const [actsOnDelete, actsOnUpdate] = [actsOn(deletes ?? ''), actsOn(updates ?? '')];
  if (!actsOnDelete && !actsOnUpdate) return [];
  const columns = field === null ? [] : [field];
  return [{ referenced: source, referencing: target, columns, actsOnDelete, actsOnUpdate }];
}

function add(edges: Edges, from: string, to: string): void {
  if (from === to) return;
  const known = edges.get(from) ?? new Set();
  edges.set(from, known.add(to));
}
