import { extname } from 'node:path';
import { lookup } from 'mime-types';
import { defaultTypes } from '../page/response/types.js';

/** What no name tells the type of. */
export const UNKNOWN_TYPE = 'application/octet-stream';
const typesByExtension: Readonly<Record<string, string>> = defaultTypes;

/** The Content-Type that a file of this name has by its extension. */
export function typeByName(key: string): string {
  const extension = extname(key).slice(1).toLowerCase();
  const known = typesByExtension[extension];
  if (known !== undefined) return known;
  const type = lookup(extension);
  if (type === false) return UNKNOWN_TYPE;
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}

/**
 * What is the same to those who ask for it, whatever it is called: the types that scripts, feeds, images and fonts are sent
 * with differ from server to server.
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

/** These mean what they mean under one name only; the others of a family stand for each other. */
const exact: ReadonlySet<string> = new Set(['markup']);
/** What a host may send without a type, or with that of bytes: no browser runs or shows it differently. */
const passive: ReadonlySet<string> = new Set(['image', 'media', 'font', 'archive', 'other']);

/** Whether a host that goes by names sends a file with the type that the app has said, or one that means the same. */
export function isTypeOfName(file: string, type: string): boolean {
  if (!hasCommonCharset(type)) return false;
  const [said, sent] = [essenceOf(type), essenceOf(typeByName(file))];
  if (said === sent) return true;
  const [family, other] = [familyOf(said), familyOf(sent)];
  if (said === UNKNOWN_TYPE) return passive.has(other);
  return family === other && family !== 'other' && !exact.has(family);
}

/** Whether its text is in what hosts say of all text, or leave to browsers: UTF-8. */
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
