import { extname } from 'node:path';
import { lookup } from 'mime-types';
import { defaultTypes } from '../page/response/types.js';

/** The type of a file whose name does not show its type. */
export const UNKNOWN_TYPE = 'application/octet-stream';
const typesByExtension: Readonly<Record<string, string>> = defaultTypes;

/** Returns the Content-Type of a file by the extension of its name. */
export function typeByName(key: string): string {
  const extension = extname(key).slice(1).toLowerCase();
  const known = typesByExtension[extension];
  if (known !== undefined) return known;
  const type = lookup(extension);
  if (type === false) return UNKNOWN_TYPE;
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}

/**
 * Types that mean the same to clients, although their names differ: servers send scripts, feeds, images and fonts with
 * different types.
 */
const families: readonly (readonly [family: string, types: RegExp])[] = [
  ['script', /^(?:text|application)\/(?:x-)?(?:java|ecma)script$/],
  ['page', /^text\/html$/],
  ['style', /^text\/css$/],
  ['markup', /^(?:application\/xhtml\+xml|image\/svg\+xml)$/],
  ['xml', /^(?:text|application)\/xml$|\+xml$/],
  ['json', /^(?:text|application)\/json$|\+json$/],
  ['text', /^text\/(?:plain|(?:x-)?markdown)$/],
  ['image', /^image\/./],
  ['media', /^(?:audio|video)\/.|^application\/(?:ogg|mp4|(?:vnd\.apple\.|x-)mpegurl)$/],
  ['font', /^font\/.|^application\/(?:x-)?font-|^application\/vnd\.ms-fontobject$/],
  ['archive', /^application\/(?:(?:x-)?gzip|(?:x-)?zip(?:-compressed)?|x-tar|x-gtar)$/],
];

/** Types of these families mean the same only under one name. In other families, each type can replace another. */
const exact: ReadonlySet<string> = new Set(['markup']);
/** Families of files that a host may send without a type, or as bytes: no browser runs or shows them differently. */
const passive: ReadonlySet<string> = new Set(['image', 'media', 'font', 'archive', 'other']);

/** Whether a host that derives types from names sends a file with the app's type, or with one that means the same. */
export function isTypeOfName(file: string, type: string): boolean {
  if (!hasCommonCharset(type)) return false;
  const [said, sent] = [essenceOf(type), essenceOf(typeByName(file))];
  if (said === sent) return true;
  const [family, other] = [familyOf(said), familyOf(sent)];
  if (said === UNKNOWN_TYPE) return passive.has(other);
  return family === other && family !== 'other' && !exact.has(family);
}

/** Whether the text is in UTF-8, the charset that hosts declare for all text, or leave to browsers. */
export function hasCommonCharset(type: string): boolean {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(type) ?? [];
  return !/^text\/|xml$/i.test(essenceOf(type)) || /^(?:utf-?8|us-ascii|ascii)$/i.test(charset);
}

function familyOf(essence: string): string {
  return families.find(([, types]) => types.test(essence))?.[0] ?? 'other';
}

function essenceOf(type: string): string {
  return (type.split(';', 1)[0] ?? '').trim().toLowerCase();
}
