import { closeSync, readFileSync } from 'node:fs';
import type {
  FoundPage,
  Lease,
  Leases,
  LogEntry,
  LogReader,
  PageFinder,
  PageLister,
  StoredPage,
} from '../../ledger/ledger.js';
import { decodedPath } from '../../page/layout.js';
import { compileSelector } from '../../page/selector.js';
import type { PageStore } from '../../store/page-store.js';

export interface SnapshotParts {
  readonly ledger: Leases & PageFinder & Pick<PageLister, 'get'> & LogReader;
  readonly store: Pick<PageStore, 'read' | 'isWhole'>;
}

/** What was known of a page at one time. */
export interface Snapshot {
  readonly lease: Lease;
  readonly found: FoundPage;
  readonly page: StoredPage;
}

/** If the log has more new entries than this since a snapshot, one of them is assumed to match. */
const MAX_ENTRIES = 1_000;

/** Returns what is known of a page now; `undefined` if it is not stored. */
export function snapshotOf(
  { ledger }: Pick<SnapshotParts, 'ledger'>,
  { host, path }: Pick<StoredPage, 'host' | 'path'>,
): Snapshot | undefined {
  const lease = ledger.lease();
  const found = ledger.find(host, path);
  const page = ledger.get(host, path);
  return found === undefined || page === undefined ? undefined : { lease, found, page };
}

/** Whether page and log are unchanged: nothing was stored, and no invalidation of the page has come or is under way. */
export function isUnchanged(
  parts: Pick<SnapshotParts, 'ledger'>,
  { lease, found, page }: Snapshot,
  tags: ReadonlySet<string>,
): boolean {
  const now = snapshotOf(parts, page);
  if (now === undefined || now.lease.generation !== lease.generation) return false;
  if (![found, now.page, now.found].every((one) => one.file === page.file && one.storedAt === page.storedAt))
    return false;
  if (now.page.hash !== page.hash || now.lease.sequence - lease.sequence > MAX_ENTRIES) return false;
  const selectable = { ...page, decoded: decodedPath(page.path), tags };
  const isAbout = (entry: LogEntry) =>
    (entry.sequence > lease.sequence || !entry.applied) && compileSelector(entry.selector)(selectable);
  return !parts.ledger.log(MAX_ENTRIES).some(isAbout);
}

/** Returns the bytes of a stored page; `damaged` if its files are not those that were stored; `undefined` if none. */
export async function readSnapshot(
  { store }: Pick<SnapshotParts, 'store'>,
  { found, page }: Snapshot,
): Promise<Buffer | 'damaged' | undefined> {
  const file = store.read(found.file, undefined);
  if (file === undefined) return undefined;
  const body = 'bytes' in file ? Buffer.from(file.bytes) : readAndClose(file.descriptor);
  const expected = { codings: found.codings, bytes: page.bytes, hash: page.hash };
  return (await store.isWhole(found.file, expected)) ? body : 'damaged';
}

function readAndClose(descriptor: number): Buffer {
  try {
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
