import { closeSync, lstatSync, readSync, type Stats } from 'node:fs';
import { LRUCache } from 'lru-cache';
import { systemErrorCode } from '../errors.js';
import type { OpenPage } from './open-page.js';

/** A small page, whole. */
export interface WholePage {
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly entityTag: string;
}

/** Up to this size, a page is read at once: this is cheaper than a stream, and blocks only briefly. */
const MAX_READ_AT_ONCE = 256 * 1024;
/** The bytes that all kept pages may take: enough for the few hundred that most visitors request. */
const MAX_BYTES = 32 * 1024 * 1024;

interface Kept extends WholePage {
  readonly status: Stats;
}

/**
 * The small files that were read last, with their status in the file system. Each use checks that a file is still the
 * one on the disk, with one system call instead of four: a page that was removed or replaced, by any process, is never
 * answered from memory.
 */
export class RecentFiles {
  readonly #kept = new LRUCache<string, Kept>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ size }) => size + 1,
  });

  /** Returns a file, whole if it is small, or `undefined` if there is none. `open` opens it if it must be read. */
  read(path: string, open: () => OpenPage | undefined): WholePage | OpenPage | undefined {
    const kept = this.#kept.get(path);
    if (kept !== undefined && isSame(kept.status, statusOf(path))) return kept;
    this.#kept.delete(path);
    const page = open();
    if (page === undefined || page.size > MAX_READ_AT_ONCE) return page;
    try {
      const { status, size, entityTag } = page;
      const whole = { bytes: readWhole(page), size, entityTag, status };
      this.#kept.set(path, whole);
      return whole;
    } finally {
      closeSync(page.descriptor);
    }
  }
}

/** Any change of a file changes its ctime. A new file with its name has another inode. */
function isSame(one: Stats, other: Stats | undefined): boolean {
  return (
    other !== undefined &&
    one.ino === other.ino &&
    one.ctimeMs === other.ctimeMs &&
    one.mtimeMs === other.mtimeMs &&
    one.size === other.size
  );
}

function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // Opening the file will fail, too. The caller handles that error.
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

function readWhole({ descriptor, size }: OpenPage): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(size);
  for (let read = 0; read < size; ) {
    const count = readSync(descriptor, bytes, read, size - read, read);
    if (count === 0) throw new Error('A page became shorter while it was read');
    read += count;
  }
  return bytes;
}
