import type { SourceFile } from './source.js';

/** A file as a target lists it; when its bytes change, so does its revision. */
export interface DeployedFile {
  readonly key: string;
  readonly revision: string;
}

/** Where a site is deployed to: a flat set of keys, which are paths with `/`, with bytes and headers. */
export interface DeployTarget {
  /** As people name it. */
  readonly name: string;
  /** Whether files are sent with the headers that they were written with. */
  readonly keepsTypes: boolean;
  /** Every file that is there, whoever has put it there. */
  list(): AsyncIterable<DeployedFile>;
  /** The bytes of a file, or undefined: there is none. */
  read(key: string): Promise<Buffer | undefined>;
  /** Whether no key may be the folder of another. */
  readonly hasFolders: boolean;
  /** Puts a file in its place, whole, and in that of `replaced`, which are in its way; resolves to its revision. */
  write(file: SourceFile, body: Buffer, replaced?: readonly string[]): Promise<string>;
  /** Rejects unless the file is there as it was written. */
  verify(file: SourceFile, body: Buffer, revision: string): Promise<void>;
  /** Removes a file; one that is gone is no error. */
  remove(key: string): Promise<void>;
  /** Removes what the work has left. */
  close(): Promise<void>;
}
