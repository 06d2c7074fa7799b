import { allottedBytes } from '../files/blocks.js';
import { makeCodingsSync, type StoredCoding } from '../files/compress.js';
import { removeTemporarySync, writeTemporarySync } from '../files/temporary.js';

/** A page that is to be written to temporary files. */
export interface StageOrder {
  /** The folder of temporary files. */
  readonly folder: string;
  readonly body: Uint8Array;
  /** Without a type, no codings are made. */
  readonly contentType: string | undefined;
  readonly modifiedSeconds: number;
}

/** A page's bytes in temporary files: after a rename, they are served. */
export interface StagedPage {
  readonly page: string;
  readonly codings: ReadonlyMap<StoredCoding, string>;
  /** How many bytes all of it takes of the disk. */
  readonly bytesOnDisk: number;
}

/**
 * Compresses a page, and writes it and its codings to temporary files, synchronously: see stage-thread.ts. If a step
 * fails, removes what it has written.
 */
export function stagePage({ folder, body, contentType, modifiedSeconds }: StageOrder): StagedPage {
  const bodies = contentType === undefined ? new Map<never, never>() : makeCodingsSync(body, contentType);
  const written: string[] = [];
  let bytesOnDisk = 0;
  const write = (bytes: Uint8Array): string => {
    bytesOnDisk += allottedBytes(bytes.length);
    const file = writeTemporarySync(folder, bytes, modifiedSeconds);
    written.push(file);
    return file;
  };
  try {
    const codings = new Map<StoredCoding, string>();
    for (const [coding, bytes] of bodies) codings.set(coding, write(bytes));
    return { page: write(body), codings, bytesOnDisk };
  } catch (error) {
    written.forEach(removeTemporarySync);
    throw error;
  }
}
