import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export const TRAP = 'no page: this must never be served';
/** Longer names are not in the layout: the code counts bytes, and nginx relies on the absence of such files. */
const MAX_COMPONENT = 240;

/** Puts files wherever a careless server would look for the target, but never over an existing file. */
export function setTraps(webRoot: string, target: string): void {
  const path = decodeBytes(target.replace(/[?#].*$/s, ''));
  for (const spelling of new Set([target, path, normalize(path), path.replaceAll('\\', '/')])) {
    for (const name of [
      spelling,
      `${spelling}.page.html`,
      `${spelling}.page.json`,
      `${spelling}/index.html`,
    ]) {
      setTrap(join(webRoot, name), webRoot);
    }
  }
}

function setTrap(file: string, webRoot: string): void {
  const isOutside = !file.startsWith(`${webRoot}/`);
  if (isOutside || file.includes('\0') || file.split('/').some((name) => name.length > MAX_COMPONENT)) return;
  try {
    mkdirSync(Buffer.from(dirname(file), 'latin1'), { recursive: true, mode: 0o755 });
    writeFileSync(Buffer.from(file, 'latin1'), TRAP, { flag: 'wx', mode: 0o644 });
  } catch (error) {
    if (!isHarmless(error)) throw error;
  }
}

/**
 * Whether a trap could not be made because another file or folder is there, or because the file system refuses the
 * name.
 */
function isHarmless(error: unknown): boolean {
  const harmless = ['EEXIST', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG', 'EILSEQ'];
  return error instanceof Error && 'code' in error && harmless.includes(String(error.code));
}

/** Decodes escapes to bytes, whatever their values, one character for each byte. */
function decodeBytes(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
