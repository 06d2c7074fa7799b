import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../errors.js';

const MOUNTS = '/proc/self/mountinfo';
const MOUNT_POINT_FIELD = 4;

/**
 * The paths below a folder that something is mounted on. A single file that is mounted, as containers do, is written elsewhere,
 * and the folder that it is seen in is not told. None where the system does not list its mounts.
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

/** Spaces and their like stand as octal numbers of bytes. */
function plainPoint(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
