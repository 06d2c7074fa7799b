import type { Change } from '../../change.js';
import type { Id } from '../../tags.js';

/** By the letter that the triggers send: the first of the statement's verb. */
const ACTIONS: Readonly<Record<string, Change['action']>> = { I: 'create', U: 'update', D: 'delete' };

/**
 * What a notification tells, as the triggers write it: `{"e":"posts","a":"U","k":["1","2"]}`. Undefined: nobody knows, and so
 * anything may have changed. A `NOTIFY` by hand may do without all but the first.
 */
export function changesIn(payload: string): readonly Change[] | undefined {
  const { e: entity, a: verb, k: keys } = parse(payload);
  if (typeof entity !== 'string' || entity === '') return undefined;
  const action = ACTIONS[String(verb)] ?? 'unknown';
  if (isKeys(keys)) return keys.map((id) => ({ entity, id, action }));
  return [{ entity, action: action === 'create' ? 'create' : 'unknown' }];
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
