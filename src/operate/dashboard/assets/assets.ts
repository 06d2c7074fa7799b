import { createHash } from 'node:crypto';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

/** A file that the page refers to, by a name that changes with the content. */
interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

export const styleName = nameOf('style', 'css', STYLE);
export const scriptName = nameOf('live', 'js', SCRIPT);

export const assets: ReadonlyMap<string, Asset> = new Map([
  [styleName, { type: 'text/css; charset=utf-8', body: Buffer.from(STYLE) }],
  [scriptName, { type: 'text/javascript; charset=utf-8', body: Buffer.from(SCRIPT) }],
]);

function nameOf(name: string, extension: string, text: string): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return `${name}.${hash}.${extension}`;
}
