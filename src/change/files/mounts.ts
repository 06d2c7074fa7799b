import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../errors.js';

const MOUNTS = '/proc/self/mountinfo';
const MOUNT_POINT_FIELD = 4;

/**
 * Returns the paths below a folder that something is mounted on. If a single file is mounted, as containers do, it is
 * written elsewhere, and the system reports no change in the folder where it appears. Empty if the system does not list
 * its mounts.
 */
export async function mountsBelow(folder: string): Promise<readonly string[]> {
  try {
    const [real, list] = await Promise.all([realpath(folder), readFile(MOUNTS, 'utf8')]);
    const points = list.split('\n').map((line) => plainPoint(line.split(' ')[MOUNT_POINT_FIELD] ?? ''));
    const below = points.filter((point) => point.startsWith(`${real}/`));
    return [...new Set(below.map((point) => join(folder, point.slice(real.length))))];
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes(systemErrorCode(error) ?? '')) return [];
    throw error;
  }
}

/** In the list, spaces and similar characters are written as octal numbers of bytes. */
function plainPoint(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
