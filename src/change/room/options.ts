import { BLOCK_BYTES } from '../../files/blocks.js';
import type { Bounds } from '../../ledger/ledger.js';
import type { OptionReader } from '../../option-reader.js';

/** How much of the disk the pages may take, and how much they must leave free. */
export interface ResolvedBounds extends Bounds {
  readonly minFreeBytes: number | undefined;
}

const BYTES_EXPECTED = `a whole number of bytes, ${BLOCK_BYTES} or more, such as 10 * 1024 ** 3 for 10 GiB`;

/** Reads the options `maxPages`, `maxBytes` and `minFreeBytes`. Returns `undefined` if none of them is given. */
export function readBounds(read: OptionReader): ResolvedBounds | undefined {
  const maxPages = readWhole(read, 'maxPages', 1, 'a whole number of pages, 1 or more');
  const maxBytes = readWhole(read, 'maxBytes', BLOCK_BYTES, BYTES_EXPECTED);
  const minFreeBytes = readWhole(read, 'minFreeBytes', BLOCK_BYTES, BYTES_EXPECTED);
  const isBounded = [maxPages, maxBytes, minFreeBytes].some((bound) => bound !== undefined);
  return isBounded ? { maxPages, maxBytes, minFreeBytes } : undefined;
}

function readWhole(read: OptionReader, option: string, least: number, expected: string): number | undefined {
  const value = read.raw(option);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  return read.refuse(option, expected, value);
}
