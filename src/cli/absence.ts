import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { systemErrorCode } from '../errors.js';
import { locateWebRoot } from '../store/web-root.js';

/**
 * Returns why no page can be stored under WEB_ROOT, or `undefined` if the site must be opened to know. A command checks
 * this first, because opening creates files: often as another user than the app's, which then could not write.
 */
export function whyNothingIsStored(path: string): string | undefined {
  const names = namesIn(path);
  if (names === 'absent') return `WEB_ROOT ${path} does not exist yet`;
  return names !== 'unknown' && names.length === 0 ? `WEB_ROOT ${path} is empty` : undefined;
}

/**
 * Does the same for commands that change nothing. Without a ledger, opening would remove the pages that are left; the
 * app has to do that, because it renders them again.
 */
export function whyNothingIsListed(path: string): string | undefined {
  const { ledgerFile } = locateWebRoot(path);
  const state = namesIn(dirname(ledgerFile));
  const hasLostLedger = typeof state === 'object' && !state.includes(basename(ledgerFile));
  return (
    whyNothingIsStored(path) ??
    (hasLostLedger ? `WEB_ROOT ${path} has no ledger; the app creates a new one` : undefined)
  );
}

/**
 * Returns the names in a folder. `unknown` if it cannot be read, or is no folder; opening the site then reports why.
 */
function namesIn(folder: string): readonly string[] | 'absent' | 'unknown' {
  try {
    return readdirSync(folder);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    return code === 'ENOENT' ? 'absent' : 'unknown';
  }
}
