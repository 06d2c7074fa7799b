import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { allottedBytes } from '../../../../src/files/blocks.js';
import type { DiskUse } from '../../../../src/ledger/ledger.js';
import { isBusy } from '../../../../src/ledger/sqlite/lock.js';
import type { SqliteDatabase, Statement } from '../../../../src/sqlite/database.js';
import { openLedgerFile } from '../../databases/ledger-file.js';
import { type Content, contentOf } from '../page-body.mjs';

export type { Content };

/** A page on disk, with the name of its file relative to WEB_ROOT. */
export interface PageFile {
  readonly file: string;
  readonly content: Content;
}

const STATE = '.staticgenerator';
const decoders: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  '.gz': gunzipSync,
  '.br': brotliDecompressSync,
};

/**
 * Reads every page under WEB_ROOT as a reader would find it at this moment. Throws if a page is partial, or if a coding
 * has no page or was not made from the page next to it.
 */
export function readPages(webRoot: string): readonly PageFile[] {
  const files = [...listFiles(webRoot, '')];
  const pages = new Map<string, string>();
  for (const file of files) if (!isCoding(file)) pages.set(file, read(webRoot, file).toString());
  for (const file of files) if (isCoding(file)) checkCoding(webRoot, file, pages);
  return [...pages].map(([file, body]) => ({ file, content: contentOf(body) }));
}

/** Runs `work` with the ledger's lock taken, so that no process places or removes a page meanwhile. */
export function whileNobodyWrites<T>(webRoot: string, work: () => T): T {
  const database = openLedgerFile(join(webRoot, STATE, 'ledger.sqlite'));
  try {
    database.exec('BEGIN IMMEDIATE');
    return work();
  } finally {
    database.close();
  }
}

/** Measures the disk space of the pages and their codings. */
export function measurePages(webRoot: string): DiskUse {
  const files = [...listFiles(webRoot, '')];
  const bytes = files.map((file) => allottedBytes(statSync(join(webRoot, file)).size));
  return {
    pages: files.filter((file) => !isCoding(file)).length,
    bytes: bytes.reduce((sum, one) => sum + one, 0),
  };
}

/** Returns the names of the temporary files. */
export function temporaryFiles(webRoot: string): readonly string[] {
  return readdirSync(join(webRoot, STATE, 'tmp'));
}

function* listFiles(webRoot: string, folder: string): Iterable<string> {
  for (const entry of readdirSync(join(webRoot, folder), { withFileTypes: true })) {
    const file = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) yield file;
    else if (file === STATE) yield* listNodeOnly(webRoot);
    else yield* listFiles(webRoot, file);
  }
}

function listNodeOnly(webRoot: string): Iterable<string> {
  const folder = `${STATE}/node-only`;
  return readdirSync(join(webRoot, STATE)).includes('node-only') ? listFiles(webRoot, folder) : [];
}

function isCoding(file: string): boolean {
  return file.slice(-3) in decoders;
}

function checkCoding(webRoot: string, file: string, pages: ReadonlyMap<string, string>): void {
  const body = pages.get(file.slice(0, -3));
  if (body === undefined) throw new Error(`${file} stands beside no page`);
  const decoded = decoders[file.slice(-3)]?.(read(webRoot, file)).toString();
  if (decoded !== body) throw new Error(`${file} is a coding of another page than the one beside it`);
}

function read(webRoot: string, file: string): Buffer {
  return readFileSync(join(webRoot, file));
}

/** The part of a ledger's row that an invalidation needs. */
export interface PageRow {
  readonly file: string;
  readonly path: string;
  readonly tags: ReadonlySet<string>;
}

/** Reads the ledger's file directly, not through the site that owns it. */
export class LedgerView {
  readonly #database: SqliteDatabase;
  readonly #rows: Statement<[], { file: string; path: string; tags: string }>;
  readonly #unapplied: Statement<[], number>;

  constructor(webRoot: string) {
    this.#database = openLedgerFile(join(webRoot, STATE, 'ledger.sqlite'), { timeoutMilliseconds: 0 });
    this.#rows = this.#database.prepare(
      'SELECT file, path, (SELECT json_group_array(tag) FROM tags WHERE page = id) AS tags FROM pages',
    );
    this.#unapplied = this.#database.prepareValue('SELECT count(*) FROM invalidations WHERE applied <> 1');
  }

  rows(): ReadonlyMap<string, PageRow> {
    const rows = this.#rows.all().map(({ file, path, tags }): [string, PageRow] => {
      const list = JSON.parse(tags) as readonly string[];
      return [file, { file, path, tags: new Set(list) }];
    });
    return new Map(rows);
  }

  /** Returns the number of entries in the log that are not applied yet. */
  unapplied(): number {
    return this.#unapplied.get() ?? 0;
  }

  /** Whether a process holds the lock that all processes share. */
  isLocked(): boolean {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (isBusy(error)) return true;
      throw error;
    }
    this.#database.exec('ROLLBACK');
    return false;
  }

  close(): void {
    this.#database.close();
  }
}
