/** What common file systems allot at a time. */
export const BLOCK_BYTES = 4_096;

/** What a file of so many bytes takes of a disk: whole blocks, and one at least. */
export function allottedBytes(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BLOCK_BYTES)) * BLOCK_BYTES;
}
