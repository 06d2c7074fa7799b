/** The first and the last byte of a part, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Returns the part of `size` bytes that a Range header requests, or `unsatisfiable` if there is no such part. Returns
 * `whole` if the header must be ignored (RFC 9110 §14.2): it has another unit, is malformed, or requests several parts
 * at once. Clients must expect the whole file.
 */
export function judgeRange(header: string | undefined, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/i.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole';
  if (first === '') return suffix(Number(last), size);
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= size) return start === 0 ? 'whole' : 'unsatisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

/** An empty file has no parts, but the whole file may be sent. */
function suffix(length: number, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  if (size === 0) return 'whole';
  return length === 0 ? 'unsatisfiable' : { start: Math.max(0, size - length), end: size - 1 };
}
