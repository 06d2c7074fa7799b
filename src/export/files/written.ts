import { contentHash } from '../../store/content-hash.js';
import type { FileRecord } from '../folder/manifest.js';
import type { Staging } from '../folder/staging.js';
import type { ExportRunOptions } from '../run-options.js';
import { type ExportedPage, fileOfPage } from './layout.js';

export interface WrittenFilesParts {
  readonly options: ExportRunOptions;
  readonly staging: Staging;
}

/** What is known of a file before it is written. */
export type AboutFile = Pick<FileRecord, 'kind' | 'type' | 'isImmutable' | 'render'>;

/** The files of an export: those that were written, and those of the earlier export that are still right. */
export class WrittenFiles {
  readonly records = new Map<string, FileRecord>();
  readonly #parts: WrittenFilesParts;
  readonly #writing = new Map<string, Promise<void>>();
  /** One string for all equal types, by the type. */
  readonly #types = new Map<string, string>();

  constructor(parts: WrittenFilesParts) {
    this.#parts = parts;
  }

  /** Writes a file that has been claimed. */
  async write(file: string, body: Buffer, about: AboutFile): Promise<void> {
    const writing = this.#write(file, body, about);
    this.#writing.set(file, writing);
    await writing.finally(() => this.#writing.delete(file));
  }

  async #write(
    file: string,
    body: Buffer,
    { kind, isImmutable, render, ...about }: AboutFile,
  ): Promise<void> {
    const hash = await this.#parts.staging.write(file, body);
    const type = this.#shared(about.type);
    const optional = { ...(isImmutable && { isImmutable }), ...(render && { render }) };
    this.records.set(file, { kind, bytes: body.length, hash, type, ...optional });
  }

  /** Whether a file that was claimed has these bytes and this type. */
  async isSame(file: string, body: Buffer, type: string): Promise<boolean> {
    await this.#writing.get(file)?.catch(() => undefined);
    const record = this.records.get(file);
    return record?.type === type && record.bytes === body.length && record.hash === contentHash(body);
  }

  /** Takes over a file of another place as it is. */
  carry(from: string, file: string, record: FileRecord): void {
    this.#parts.staging.carry(from, file);
    this.records.set(file, record);
  }

  /** Copies a file that is not part of an export, such as a collected asset. */
  copy(from: string, file: string, record: FileRecord): void {
    this.#parts.staging.copy(from, file);
    this.records.set(file, record);
  }

  /** Returns the first two files whose names differ only in case, and how many such files there are. */
  findSameButForCase(): { readonly pair: readonly [string, string]; readonly count: number } | undefined {
    const seen = new Map<string, string>();
    let pair: readonly [string, string] | undefined;
    let count = 0;
    for (const file of this.records.keys()) {
      const folded = file.normalize('NFC').toLowerCase();
      const other = seen.get(folded);
      if (other === undefined) seen.set(folded, file);
      else {
        pair ??= [other, file];
        count += 1;
      }
    }
    return pair && { pair, count };
  }

  /** Returns the path at which a plain file server has a file: that of its page, unless the file has another name. */
  pathOf(file: string, variantName?: string): string {
    const { options } = this.#parts;
    const { base, variants } = options;
    const record = this.records.get(file);
    const variant = variants.find(({ name }) => name === variantName);
    const path = record?.render?.path;
    const type = record?.type ?? '';
    if (path !== undefined && tryFileOf({ path, type, variant }, options) === file)
      return `${base}${variant === undefined || variant.folder === '' ? '' : `/${encodeURI(variant.folder)}`}${path}`;
    return `${base}/${encodeURI(file.replace(/(^|\/)index\.html$/, '$1'))}`;
  }

  /** Shares equal types. A header may be a part of the whole head, which would stay in memory for each page. */
  #shared(type: string): string {
    const known = this.#types.get(type) ?? Buffer.from(type).toString();
    this.#types.set(known, known);
    return known;
  }
}

function tryFileOf(page: ExportedPage, options: ExportRunOptions): string | undefined {
  try {
    return fileOfPage(page, options);
  } catch {
    return undefined;
  }
}
