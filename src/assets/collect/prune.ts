import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pruneFolders, unlinkIfThere } from '../../files/folders.js';
import type { MarkedFolder } from '../../files/marked-folder.js';
import { codingSuffixes, isCodingName } from '../serve/source.js';
import { readJournal, writeJournal } from './journal.js';

/** Temporary files older than this belong to no running collect: no collect takes that long. */
const ABANDONED_AFTER_MS = 6 * 60 * 60 * 1000;

/**
 * Removes the files that have been out of use for at least `afterMs`. Returns the names of those that were there.
 * `inUse` are the names of the current set, whose files and codings stay.
 */
export async function pruneRetired(
  root: MarkedFolder,
  afterMs: number,
  inUse: ReadonlySet<string>,
): Promise<readonly string[]> {
  const journal = readJournal(root);
  const dueBefore = Date.now() - afterMs;
  const due = Object.entries(journal.retired).filter(([, since]) => since <= dueBefore);
  const left = Object.entries(journal.retired).filter(([, since]) => since > dueBefore);
  const pruned = due.map(([path]) => path).filter((path) => remove(path, root, inUse));
  await writeJournal(root, { ...journal, retired: Object.fromEntries(left) });
  return pruned;
}

function remove(path: string, root: MarkedFolder, inUse: ReadonlySet<string>): boolean {
  const isFree = (name: string) => !inUse.has(name) && !isCodingName(name, inUse);
  const file = join(root.path, path);
  // The name was that of a file in the earlier set, and is that of a folder in this one.
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) return false;
  for (const suffix of Object.values(codingSuffixes)) if (isFree(path + suffix)) unlinkIfThere(file + suffix);
  const wasThere = isFree(path) && unlinkIfThere(file);
  pruneFolders(dirname(file), root.path);
  return wasThere;
}

/** Removes the temporary files of collects that died. */
export function sweep({ temporaryFolder }: MarkedFolder): void {
  for (const name of readdirSync(temporaryFolder)) {
    const file = join(temporaryFolder, name);
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats !== undefined && stats.mtimeMs < Date.now() - ABANDONED_AFTER_MS) unlinkIfThere(file);
  }
}
