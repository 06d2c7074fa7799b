import { readFileSync } from 'node:fs';

/** Of a PNG: after its signature, the length and the name of the first chunk. */
const PNG_WIDTH = 16;
const PNG_HEIGHT = 20;

/**
 * The size of a picture in CSS pixels; undefined where its file does not say.
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
