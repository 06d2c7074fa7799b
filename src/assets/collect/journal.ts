import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../../errors.js';
import { renameInto } from '../../files/folders.js';
import type { MarkedFolder } from '../../files/marked-folder.js';
import { writeTemporary } from '../../files/temporary.js';

/** What `collect` has to remember in addition to the manifest. The app does not need it. */
export interface Journal {
  /** The versions that made the files: another release may make other bytes. */
  readonly maker: string;
  /** Files of earlier sets, with the time when each was retired, in milliseconds since 1970. Pruning removes them. */
  readonly retired: Readonly<Record<string, number>>;
  /** Files that an unfinished collect has made, or has retired. */
  readonly pending: readonly string[];
  /** Assets that have changed since pages were last invalidated for them. */
  readonly changed: readonly string[];
}

const JOURNAL = 'journal.json';
const empty: Journal = Object.freeze({ maker: '', retired: {}, pending: [], changed: [] });

/** Returns the journal; an empty one if the journal is lost or damaged. */
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
