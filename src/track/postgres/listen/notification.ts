import type { Change } from '../../change.js';
import type { Id } from '../../tags.js';

/** Actions by the letter that the triggers send: the first of the verb. `M`, an update of keys, has no action. */
const ACTIONS: Readonly<Record<string, Change['action']>> = { I: 'create', U: 'update', D: 'delete' };

/**
 * Returns the changes in a notification, as the triggers write it: `{"e":"posts","a":"U","k":["1","2"]}`. `undefined`
 * if it cannot be read, so that anything may have changed. A `NOTIFY` by hand needs only `e`.
 */
export function changesIn(payload: string): readonly Change[] | undefined {
  const { e: entity, a: verb, k: keys, l: values } = parse(payload);
  if (typeof entity !== 'string' || entity === '') return undefined;
  const action = ACTIONS[String(verb)] ?? 'unknown';
  const lists = listsIn(values, action);
  if (isKeys(keys)) return keys.map((id) => ({ entity, id, action, lists }));
  // For a deletion, the lists are enough. An update may have changed keys that are not known.
  const isKnown = action === 'create' || (action === 'delete' && Object.keys(lists).length > 0);
  return [{ entity, action: isKnown ? action : 'unknown', lists }];
}

/** Returns the lists in which the rows were and are. For an update, each value may be an old or a new one. */
function listsIn(values: unknown, action: Change['action']): NonNullable<Change['lists']> {
  if (typeof values !== 'object' || values === null) return {};
  const known = Object.entries(values).filter((one): one is [string, unknown[]] => Array.isArray(one[1]));
  const isBoth = action !== 'create' && action !== 'delete';
  return Object.fromEntries(
    known.map(([column, all]) => [
      column,
      {
        ...((isBoth || action === 'delete') && { from: all }),
        ...((isBoth || action === 'create') && { to: all }),
      },
    ]),
  );
}

function parse(payload: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(payload);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isKeys(keys: unknown): keys is readonly Id[] {
  return Array.isArray(keys) && keys.every((key) => isKey(key) || (Array.isArray(key) && key.every(isKey)));
}

function isKey(key: unknown): key is string | number {
  return typeof key === 'string' || typeof key === 'number';
}
