import { makeVariantsSync, type VariantCoding } from '../files/compress.js';
import { removeTemporarySync, writeTemporarySync } from '../files/temporary.js';

/** A page that is to be written to temporary files. */
export interface StageOrder {
  /** Where temporary files are. */
  readonly folder: string;
  readonly body: Uint8Array;
  /** Without a type, no variants are made. */
  readonly contentType: string | undefined;
  readonly modifiedSeconds: number;
}

/** A page's bytes in temporary files, a rename away from being served. */
export interface StagedPage {
  readonly page: string;
  readonly variants: ReadonlyMap<VariantCoding, string>;
}

/**
 * Compresses a page and writes it and its variants to temporary files, in one go: see stage-thread.ts. Removes what it
 * has written if any of it fails.
 */
export function stagePage({ folder, body, contentType, modifiedSeconds }: StageOrder): StagedPage {
  const bodies = contentType === undefined ? new Map<never, never>() : makeVariantsSync(body, contentType);
  const written: string[] = [];
  const write = (bytes: Uint8Array): string => {
    const file = writeTemporarySync(folder, bytes, modifiedSeconds);
    written.push(file);
    return file;
  };
  try {
    const variants = new Map<VariantCoding, string>();
    for (const [coding, bytes] of bodies) variants.set(coding, write(bytes));
    return { page: write(body), variants };
  } catch (error) {
    written.forEach(removeTemporarySync);
    throw error;
  }
}
