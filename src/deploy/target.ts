import type { SourceFile } from './source.js';

/** A file as a target lists it. When its bytes change, its revision changes. */
export interface DeployedFile {
  readonly key: string;
  readonly revision: string;
}

/** The place that a site is deployed to: a flat set of keys, which are paths with `/`, with bytes and headers. */
export interface DeployTarget {
  /** The name that people use for it. */
  readonly name: string;
  /** Whether files are sent with the headers that they were written with. */
  readonly keepsTypes: boolean;
  /** Lists every file that is there, whatever wrote it. */
  list(): AsyncIterable<DeployedFile>;
  /** Returns the bytes of a file, or `undefined` if there is none. */
  read(key: string): Promise<Buffer | undefined>;
  /** Whether no key may be the folder of another. */
  readonly hasFolders: boolean;
  /** Puts a whole file in its place, and in that of `replaced`, the files in its way. Resolves to its revision. */
  write(file: SourceFile, body: Buffer, replaced?: readonly string[]): Promise<string>;
  /** Rejects unless the file is there as it was written. */
  verify(file: SourceFile, body: Buffer, revision: string): Promise<void>;
  /** Removes a file. It is no error if the file is gone. */
  remove(key: string): Promise<void>;
  /** Removes what the work has left behind. */
  close(): Promise<void>;
}
