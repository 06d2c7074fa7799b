/**
 * Pages on the disk for the tests of the ledger. They need no test runner, so that other processes can use them too.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unlinkIfThere } from '../../src/files/folders.js';
import type { FileMover, FileRemover, Ledger, PageEntry, Placement } from '../../src/ledger/ledger.js';
import type { Extension } from '../../src/page/grammar.js';
import { fileOf, parsePage } from '../../src/page/layout.js';

export interface PageOptions extends Partial<Omit<PageEntry, 'tags'>> {
  readonly tags?: readonly string[];
  readonly extension?: Extension;
}

/** Returns the entry that a render of a path passes to the ledger. */
export function entryOf(
  path: string,
  { tags = [], extension = 'html', host = '', ...others }: PageOptions = {},
): PageEntry {
  const page = parsePage(path);
  if (page === undefined) throw new Error(`${path} is not canonical`);
  const file = `${host === '' ? '' : `${host}/`}${fileOf(page, extension)}`;
  const defaults = {
    codings: [],
    headers: undefined,
    expiresAt: undefined,
    bytes: 4,
    hash: 'hash',
    bytesOnDisk: 4096,
  };
  return { file, host, path, decoded: page.decoded, tags: new Set(tags), ...defaults, ...others };
}

/** The pages on the disk, which a ledger moves and removes. */
export class PageFiles implements FileRemover {
  readonly folder: string;
  readonly removals: string[] = [];
  batches = 0;
  /** Files that a layout would name in addition to the rows. */
  named: readonly string[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  mover(file: string, content = 'page'): FileMover {
    const place = () => {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      writeFileSync(join(this.folder, file), content);
    };
    return { place, remove: (other) => void this.remove(other) };
  }

  has(file: string): boolean {
    return existsSync(join(this.folder, file));
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  readonly remove = (file: string): boolean => {
    this.removals.push(file);
    return unlinkIfThere(join(this.folder, file));
  };

  readonly filesNamedBy = (): readonly string[] => this.named;

  readonly endBatch = (): void => {
    this.batches += 1;
  };
}

/** Stores a page: a whole capture whose render takes no time. */
export async function store(
  ledger: Ledger,
  files: PageFiles,
  entry: PageEntry,
  content = 'page',
): Promise<Placement> {
  const lease = ledger.lease();
  await ledger.record(entry);
  return await ledger.place(entry, lease, files.mover(entry.file, content));
}
