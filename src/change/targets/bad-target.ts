import { classOf, StaticGeneratorError } from '../../errors.js';

const MAX_PROPERTIES_TOLD = 5;

export function badTarget(target: unknown, why: string, cause?: unknown): StaticGeneratorError {
  const isPlain = (typeof target !== 'object' || target === null) && typeof target !== 'function';
  return new StaticGeneratorError('ERR_BAD_TARGET', `Bad target ${nameOf(target)}: ${why}`, {
    cause,
    // A logger that logs an error logs its fields, too.
    fields: { target: isPlain ? target : nameOf(target) },
  });
}

/** Returns what may be shown of a target. Of an object, that is only its class or its properties: their values may be secrets. */
export function nameOf(target: unknown): string {
  if (typeof target === 'string') return JSON.stringify(target);
  if (typeof target === 'function') return target.name || 'a function';
  if (typeof target !== 'object' || target === null) return `${String(target)} (${typeof target})`;
  const name = classOf(target);
  if (name !== undefined) return `${name} instance`;
  const properties = Object.keys(target).slice(0, MAX_PROPERTIES_TOLD).join(', ');
  return properties === '' ? 'an empty object' : `an object with ${properties}`;
}
