import { hash } from 'node:crypto';

/** PostgreSQL cuts longer names. It counts bytes. */
export const MAX_NAME_BYTES = 63;
const HASH_LENGTH = 16;

/** The channel of the triggers, on which {@link listenPostgres} listens, unless the option `channel` names another. */
export const DEFAULT_CHANNEL = 'staticgenerator';

/** Whether a value can be the name of something in PostgreSQL. */
export function isName(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) return false;
  return Buffer.byteLength(value) <= MAX_NAME_BYTES;
}

/** Joins parts to a name. If the name is too long, it is cut, and ends in a hash of the whole. */
export function composeName(...parts: readonly string[]): string {
  const name = parts.join('_');
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const suffix = hash('sha256', name, 'hex').slice(0, HASH_LENGTH);
  const room = Buffer.from(name).subarray(0, MAX_NAME_BYTES - HASH_LENGTH - 1);
  // A character that has been cut in two decodes to U+FFFD.
  return `${room.toString().replace(/\ufffd$/, '')}_${suffix}`;
}

/** Quotes the parts of a name for SQL, and joins them with dots. */
export function quoteName(...parts: readonly string[]): string {
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}

/** Quotes a text for SQL, whatever `standard_conforming_strings` is. */
export function quoteText(text: string): string {
  const doubled = text.replaceAll("'", "''");
  return doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

/** Quotes a body of statements for SQL, whatever it contains. */
export function quoteBody(body: string): string {
  let mark = '$staticgenerator$';
  for (let count = 1; body.includes(mark); count += 1) mark = `$staticgenerator${count}$`;
  return `${mark}\n${body}\n${mark}`;
}
