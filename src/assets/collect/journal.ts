import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../../errors.js';
import { renameInto } from '../../files/folders.js';
import type { MarkedFolder } from '../../files/marked-folder.js';
import { writeTemporary } from '../../files/temporary.js';

/** What collecting has to remember besides the manifest. It is of no use to the app. */
export interface Journal {
  /** What made the files: another release may make other bytes. */
  readonly maker: string;
  /** Files of earlier sets, with the time since when they are, in milliseconds. They go when they are pruned. */
  readonly retired: Readonly<Record<string, number>>;
  /** Files that a collect which did not finish has made, or has put out of use. */
  readonly pending: readonly string[];
  /** Assets that have changed since pages were last invalidated for it. */
  readonly changed: readonly string[];
}

const JOURNAL = 'journal.json';
const empty: Journal = Object.freeze({ maker: '', retired: {}, pending: [], changed: [] });

/** What was remembered; of a journal that is lost or damaged, nothing. */
export function readJournal({ stateFolder }: MarkedFolder): Journal {
  try {
    const { maker, retired, pending, changed }: Partial<Journal> = JSON.parse(
      readFileSync(join(stateFolder, JOURNAL), 'utf8'),
    );
    return {
      maker: maker ?? empty.maker,
      retired: retired ?? empty.retired,
      pending: pending ?? empty.pending,
      changed: changed ?? empty.changed,
    };
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorCode(error) === 'ENOENT') return empty;
    throw error;
  }
}

export async function writeJournal(root: MarkedFolder, journal: Journal): Promise<void> {
  await replaceState(root, JOURNAL, `${JSON.stringify(journal, undefined, 1)}\n`);
}

/** Replaces a file of the state folder as a whole. */
export async function replaceState(root: MarkedFolder, name: string, text: string): Promise<void> {
  const temporary = await writeTemporary(root.temporaryFolder, Buffer.from(text), Date.now() / 1000);
  renameInto(temporary, join(root.stateFolder, name));
}
