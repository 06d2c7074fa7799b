import {
  codingSuffixes,
  type Extension,
  isLiteral,
  knownExtensions,
  type Shape,
  shapeOf,
} from './grammar.js';
import { isCanonicalQuery, queryFolder } from './query.js';
import { INCLUDES_SUFFIX, withoutIncludes } from './response/includes.js';
import { isCanonicalVariant, splitVariantFolder, VARIANT_MARK, variantFolder } from './variants/variant.js';

/** The URL path of a page in its canonical spelling, with what the layout needs to know about it. */
export interface PagePath {
  /** The page's identity: the request target, and its variant: `/caf%C3%A9`, `/posts?page=2`, `/posts>language=de`. */
  readonly path: string;
  /** Decoded as UTF-8, without query and variant: `/café`. Rules are tested on it, and files are named after it. */
  readonly decoded: string;
  readonly shape: Shape;
  /** The query without its `?`; absent if the page has none. */
  readonly query?: string;
  /** The variant without the mark before it; absent if the page has none. */
  readonly variant?: string;
}

/** Types that a page without a known extension in its URL may have; each has a file of its own. */
export const extensionlessTypes = Object.freeze(['html', 'json'] as const);

/** The longest name of a file or folder, in bytes, on the file systems in use. */
const MAX_COMPONENT_BYTES = 255;
/** Keeps WEB_ROOT plus a page under the 4,096 bytes of PATH_MAX, even if WEB_ROOT is long. */
const MAX_PATH_BYTES = 3000;
/** No canonical path is longer, even if every byte of it is escaped. */
const MAX_ESCAPED_LENGTH = 1 + 3 * MAX_PATH_BYTES;
const longestSuffix = Math.max(...[...codingSuffixes, INCLUDES_SUFFIX].map((suffix) => suffix.length));

/** Reads a page's identity: its path, and its query and variant if it has them. `undefined` if not canonical. */
export function parsePage(path: string): PagePath | undefined {
  const { bare, query, variant } = splitPath(path);
  const page = parsePagePath(bare);
  const queried = query === '' ? page : page && withQuery(page, query.slice(1));
  if (variant === '' || queried === undefined) return queried;
  return isCanonicalVariant(variant.slice(1)) ? withVariant(queried, variant.slice(1)) : undefined;
}

/** Returns a variant of a page that has none; the variant must be canonical. */
export function withVariant(page: PagePath, variant: string): PagePath {
  return { ...page, path: `${page.path}${VARIANT_MARK}${variant}`, variant };
}

/** Adds a query to the path of a page. `undefined` if the query is not canonical, or too long for a file name. */
export function withQuery(bare: PagePath, query: string): PagePath | undefined {
  if (!isCanonicalQuery(query)) return undefined;
  const page = { ...bare, path: `${bare.path}?${query}`, query };
  return fitsFileSystem(page) ? page : undefined;
}

/** Reads the path of a request target. `undefined` if it is not canonical, and so never stored and never a hit. */
export function parsePagePath(path: string): PagePath | undefined {
  const shape = path.length > MAX_ESCAPED_LENGTH ? undefined : shapeOf(path);
  if (shape === undefined) return undefined;
  const page = { path, decoded: path.includes('%') ? decodeURIComponent(path) : path, shape };
  return fitsFileSystem(page) ? page : undefined;
}

function fitsFileSystem(page: PagePath): boolean {
  // A UTF-16 unit has at most 3 bytes, so short paths, which nearly all are, need no counting.
  if (page.query === undefined && page.decoded.length * 3 < MAX_COMPONENT_BYTES - 20) return true;
  const longest = filesOf(page).reduce((a, b) => (b.length > a.length ? b : a));
  if (Buffer.byteLength(longest) > MAX_PATH_BYTES) return false;
  const components = `${longest}${'x'.repeat(longestSuffix)}`.split('/');
  return components.every((component) => Buffer.byteLength(component) <= MAX_COMPONENT_BYTES);
}

/** Returns every extension that a page of this path may be stored with, the preferred one first. */
export function extensionsOf(page: PagePath): readonly Extension[] {
  if (page.shape === 'directory') return ['html'];
  if (page.shape === 'extensionless') return extensionlessTypes;
  const extension = page.decoded.slice(page.decoded.lastIndexOf('.') + 1);
  return knownExtensions.filter((known) => known === extension);
}

/** Returns the file of a page, relative to the folder of its host; `extension` is one of {@link extensionsOf}. */
export function fileOf(page: PagePath, extension: Extension): string {
  const relative = page.variant === undefined ? '' : `${variantFolder(page.variant)}/`;
  return `${relative}${fileInVariant(page, extension)}`;
}

function fileInVariant(page: PagePath, extension: Extension): string {
  const relative = page.decoded.slice(1);
  if (page.query !== undefined) return `${relative}${queryFolder(page.query)}/${page.query}.${extension}`;
  if (page.shape === 'directory') return `${relative}index.html`;
  if (page.shape === 'extension') return relative;
  return `${relative}.page.${extension}`;
}

/** Returns every file that the page may be in. */
export function filesOf(page: PagePath): readonly string[] {
  return extensionsOf(page).map((extension) => fileOf(page, extension));
}

/** Returns every file that the page may be in if islands are inserted while it is sent. */
export function filesWithIncludes(page: PagePath): readonly string[] {
  return filesOf(page).map((file) => `${file}${INCLUDES_SUFFIX}`);
}

/** Returns the page of a file, with or without includes; `undefined` if it has none. The inverse of {@link fileOf}. */
export function pageOfFile(found: string): PagePath | undefined {
  const file = withoutIncludes(found);
  const { variant, file: inVariant } = splitVariantFolder(file);
  const [, ofQuery, query] = /^([^;]*);[^/]*\/([^/]+)\.[a-z]+$/s.exec(inVariant) ?? [];
  const decoded = `/${ofQuery ?? inVariant.replace(/(?:^|(?<=\/))index\.html$/, '').replace(/\.page\.(?:html|json)$/, '')}`;
  const path = encodePath(decoded) ?? '';
  const mark = variant === undefined ? '' : `${VARIANT_MARK}${variant}`;
  const page = parsePage(`${query === undefined ? path : `${path}?${query}`}${mark}`);
  return page !== undefined && filesOf(page).includes(file) ? page : undefined;
}

/** Spells a decoded path canonically; `undefined` if no canonical path can have one of its characters. */
function encodePath(decoded: string): string | undefined {
  let path = '';
  for (const character of decoded) {
    if (character === '/' || isLiteral(character)) path += character;
    else if (character === ' ') path += '%20';
    else if (character < '\u00a0' || /\p{Cs}/u.test(character)) return undefined;
    else path += encodeURIComponent(character);
  }
  return path;
}

/**
 * Returns the canonical spelling of a path that a person or a program wrote. Accepts raw Unicode, lower-case escapes
 * and escapes of plain characters. `undefined` if no canonical path is meant.
 */
export function canonicalPath(written: string): string | undefined {
  if (!written.startsWith('/') || /\/\/|\/\.|[\\]/.test(written)) return undefined;
  // An escaped slash, backslash, percent sign, control character or dot segment does not mean the same as its decoding.
  if (/%(?:2f|5c|25|[01][0-9a-f]|7f)/i.test(written) || /\/(?:\.|%2e)/i.test(written)) return undefined;
  try {
    return encodePath(decodeURIComponent(written));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/**
 * Returns the pages that a path names: with the trailing slash and without, if they can be pages. If the path has a
 * query, they have that query; otherwise, they have none.
 */
export function pagesNamedBy(path: string): readonly PagePath[] {
  const { bare, query, variant } = splitPath(bareName(path));
  return [`${bare}${query}${variant}`, `${bare}/${query}${variant}`]
    .map(parsePage)
    .filter((page) => page !== undefined);
}

/**
 * Returns a path without its trailing slash: `/blog` and `/blog/` are two pages, but one name for quickDelete. A query
 * is a part of the name: `/blog?page=2`.
 */
export function bareName(path: string): string {
  const { bare, query, variant } = splitPath(path);
  return bare.length > 1 && bare.endsWith('/') ? `${bare.slice(0, -1)}${query}${variant}` : path;
}

/** Returns the path of a page without its query and its variant. */
export function withoutQuery(path: string): string {
  return splitPath(path).bare;
}

/** Returns the URL of a page: its path with the query, and without the variant. */
export function urlOf(path: string): string {
  const end = path.indexOf(VARIANT_MARK);
  return end === -1 ? path : path.slice(0, end);
}

/** Returns the decoded path of a page, without query and variant. Rules and globs are tested on it. */
export function decodedPath(path: string): string {
  return decodeURIComponent(withoutQuery(path));
}

/** Removes the variant from what a caller has written: a report names a page with its variant, which no URL has. */
export function urlOfWritten(written: string): string {
  const url = urlOf(written);
  return isCanonicalVariant(written.slice(url.length + VARIANT_MARK.length)) ? url : written;
}

interface SplitPath {
  readonly bare: string;
  /** With its `?`. */
  readonly query: string;
  /** With the mark before it. */
  readonly variant: string;
}

/** Splits a path into path, query and variant; a part that is missing is empty. */
function splitPath(path: string): SplitPath {
  const url = urlOf(path);
  const start = url.indexOf('?');
  const end = start === -1 ? url.length : start;
  return { bare: url.slice(0, end), query: url.slice(end), variant: path.slice(url.length) };
}
