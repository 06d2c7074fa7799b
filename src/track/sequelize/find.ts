import { areFound, areFoundByUnique } from '../sql/loose-keys.js';
import type { TableKeys } from '../sql/table-models.js';
import { type Id, keyInCondition } from '../tags.js';
import type { Choice, SequelizeInclude } from './include.js';

/** The options of a find, as its hook gets them. */
export interface SequelizeFind extends Choice {
  readonly include?: readonly SequelizeInclude[];
  readonly raw?: boolean;
  readonly offset?: unknown;
  readonly attributes?: unknown;
}

/** Returns the rows that a find looked up by a unique key, if it found each; `undefined` if it made a selection. */
export function lookedUp(
  keys: TableKeys | undefined,
  find: SequelizeFind,
  found: readonly (Id | undefined)[],
): readonly Id[] | undefined {
  const [primary, ...others] = keys?.primary ?? [];
  if (keys === undefined || primary === undefined || others.length > 0 || found.length === 0)
    return undefined;
  const equals = equalsIn(find.where);
  const ids = new Map(found.filter((id) => id !== undefined).map((id) => [String(id), id]));
  const wanted = equals.get(primary);
  const told = [...ids.values()];
  if (wanted !== undefined && !areFound(keys, wanted, told)) return undefined;
  if (wanted !== undefined && ids.size === new Set(wanted.map(String)).size) return told;
  if (wanted?.length === 1) {
    const id = keyInCondition(wanted[0]);
    return id === undefined ? undefined : [id];
  }
  const isUnique = keys.uniques.some((columns) => {
    const values = columns.map((column) => equals.get(column));
    return values.every((one) => one?.length === 1) && areFoundByUnique(keys, values.flat(), told);
  });
  return isUnique && found.every((id) => id !== undefined) ? told : undefined;
}

/** Returns the values that columns must have, by their names in lower case. */
export function equalsIn(where: unknown): ReadonlyMap<string, readonly unknown[]> {
  const equals = new Map<string, readonly unknown[]>();
  collectEquals(where, equals);
  return equals;
}

/** Notes the values that columns must have. Conditions of other kinds only narrow the result. */
function collectEquals(where: unknown, into: Map<string, readonly unknown[]>): void {
  if (typeof where !== 'object' || where === null) return;
  if (Array.isArray(where)) for (const one of where) collectEquals(one, into);
  else {
    collectEquals(Reflect.get(where, Symbol.for('and')), into);
    for (const [name, value] of Object.entries(where)) {
      const values = valuesOf(value);
      if (values !== undefined) into.set(name.toLowerCase(), values);
    }
  }
}

function valuesOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value.every(isScalar) ? value : undefined;
  if (isScalar(value)) return [value];
  if (typeof value !== 'object' || value === null || Reflect.ownKeys(value).length !== 1) return undefined;
  const inner: unknown = Reflect.get(value, Symbol.for('eq')) ?? Reflect.get(value, Symbol.for('in'));
  return inner === undefined ? undefined : valuesOf(inner);
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
}
