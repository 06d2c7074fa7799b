import { readFileSync } from 'node:fs';

/** Offsets in a PNG, in bytes: its signature, and the length and the name of the first chunk, come before. */
const PNG_WIDTH = 16;
const PNG_HEIGHT = 20;

/**
 * Returns the size of a picture in CSS pixels; `undefined` if its file does not say.
 *
 * @param {string} path
 */
export function sizeOf(path) {
  const bytes = readFileSync(path);
  if (path.endsWith('.png'))
    return { width: bytes.readUInt32BE(PNG_WIDTH), height: bytes.readUInt32BE(PNG_HEIGHT) };
  const box = /viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"/.exec(bytes.toString('utf8', 0, 1000));
  if (!path.endsWith('.svg') || box === null) return undefined;
  return { width: Math.round(Number(box[1])), height: Math.round(Number(box[2])) };
}
