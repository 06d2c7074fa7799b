/** The first and the last byte of a part, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What a Range header asks of `size` bytes: one part, or a part that is not there. `whole`: the header is to be ignored
 * (RFC 9110 §14.2), because it is of another unit, malformed, or asks for several parts at once, which clients have to
 * expect.
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

/** Of an empty file there is no part, but the whole may be sent. */
function suffix(length: number, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  if (size === 0) return 'whole';
  return length === 0 ? 'unsatisfiable' : { start: Math.max(0, size - length), end: size - 1 };
}
