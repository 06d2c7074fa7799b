/** How many bytes common file systems allot at a time. */
export const BLOCK_BYTES = 4_096;

/** Returns what a file with this many bytes takes of a disk: whole blocks, at least one. */
export function allottedBytes(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BLOCK_BYTES)) * BLOCK_BYTES;
}
