import type { Change } from '../../change.js';
import { type ForeignKey, ForeignKeys, mayReach } from '../../sql/foreign-keys.js';
import type { FoundChanges } from '../../sql/model-statements.js';

const QUERY = `
select lower(referenced.relname) as referenced, lower(referencing.relname) as referencing,
  array(
    select lower(attname::text) from pg_catalog.pg_attribute
    where attrelid = confrelid and attnum = any(confkey)
  ) as columns,
  confdeltype in ('c', 'n', 'd') as "actsOnDelete", confupdtype in ('c', 'n', 'd') as "actsOnUpdate"
from pg_catalog.pg_constraint
join pg_catalog.pg_class as referenced on referenced.oid = confrelid
join pg_catalog.pg_class as referencing on referencing.oid = conrelid
where contype = 'f' and (confdeltype in ('c', 'n', 'd') or confupdtype in ('c', 'n', 'd'))`;

const DEFINES = /\b(?:create|alter|drop)\b/;
const UNKNOWN =
  'the foreign keys of the database could not be read, so a change may have changed other tables; name those that cascade in the option `cascades`';

/** Sends a query through one connection. */
type Send = (given: readonly unknown[]) => unknown;

/** The foreign keys of a database that cascade; read once for a pool, and again after they may have changed. */
export class Catalogue {
  readonly #areNamed: boolean;
  #keys: ForeignKeys | undefined;
  #loading: Promise<void> | undefined;
  #hasFailed = false;
  /** How often they may have changed. */
  #version = 0;

  /** `areNamed`: whether the option `cascades` names some, so that those count if the others cannot be read. */
  constructor(areNamed: boolean) {
    this.#areNamed = areNamed;
  }

  /** Reads them through a connection that is in no transaction, unless they are known; never rejects. */
  load(send: Send): Promise<void> | undefined {
    if (this.#keys !== undefined || this.#hasFailed) return undefined;
    this.#loading ??= this.#read(send);
    return this.#loading;
  }

  /** They may have changed. */
  forget(): void {
    this.#keys = undefined;
    this.#hasFailed = false;
    this.#version += 1;
  }

  /** With what the database changes along. */
  complete(found: FoundChanges): FoundChanges {
    const causes: readonly Change[] = found.changes.filter(mayReach);
    if (causes.length === 0) return found;
    if (this.#keys !== undefined)
      return { ...found, changes: [...found.changes, ...this.#keys.reachedBy(causes)] };
    return this.#areNamed ? found : { unclear: UNKNOWN, ...found };
  }

  async #read(send: Send): Promise<void> {
    const version = this.#version;
    try {
      const { rows } = (await send([QUERY])) as { readonly rows: readonly ForeignKey[] };
      if (version === this.#version) this.#keys = new ForeignKeys(rows);
    } catch {
      this.#hasFailed = true;
    } finally {
      this.#loading = undefined;
    }
  }
}

/** Whether a plain text may change them. */
export function defines(text: string): boolean {
  return DEFINES.test(text);
}
