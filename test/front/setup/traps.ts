import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export const TRAP = 'no page: this must never be served';
/** Longer names are none of the layout's: there the code counts bytes, and nginx relies on the files not being there. */
const MAX_COMPONENT = 240;

/** Puts files wherever a careless server would look for the target, but never over a file that is there. */
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

/** No trap can be where another file or folder is, or where the file system takes no such name. */
function isHarmless(error: unknown): boolean {
  const harmless = ['EEXIST', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG', 'EILSEQ'];
  return error instanceof Error && 'code' in error && harmless.includes(String(error.code));
}

/** Percent-decoding to bytes, whatever they are, one character each. */
function decodeBytes(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
