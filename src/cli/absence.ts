import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { systemErrorCode } from '../errors.js';
import { locateWebRoot } from '../store/web-root.js';

/**
 * Why no page can be stored under WEB_ROOT, or undefined where the site has to be opened to know. A command asks first,
 * because opening creates: often as another user than the app's, which then could not write.
 */
export function whyNothingIsStored(path: string): string | undefined {
  const names = namesIn(path);
  if (names === 'absent') return `WEB_ROOT ${path} does not exist yet`;
  return names !== 'unknown' && names.length === 0 ? `WEB_ROOT ${path} is empty` : undefined;
}

/**
 * The same for commands that change nothing. Without a ledger, opening would remove the pages that are left; that is
 * for the app to do, which renders them again.
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

/** Unknown: it cannot be read, or is no folder; opening the site says why. */
function namesIn(folder: string): readonly string[] | 'absent' | 'unknown' {
  try {
    return readdirSync(folder);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    return code === 'ENOENT' ? 'absent' : 'unknown';
  }
}
