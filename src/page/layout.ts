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

/** The URL path of a page in its one canonical spelling, with what the layout needs to know of it. */
export interface PagePath {
  /** As in the request line, and then the variant: `/caf%C3%A9`, `/posts?page=2`, `/posts>language=de`. The identity of the page. */
  readonly path: string;
  /** Its UTF-8 decoding, without query and variant, which is what rules are tested on and what files are named by: `/café`. */
  readonly decoded: string;
  readonly shape: Shape;
  /** Without its `?`. Absent: the page has none. */
  readonly query?: string;
  /** Without the mark before it. Absent: the page has none. */
  readonly variant?: string;
}

/** Types that a URL without a known extension may have; each has a file of its own. */
export const extensionlessTypes = Object.freeze(['html', 'json'] as const);

/** The longest name of a file or folder, in bytes, on the file systems in use. */
const MAX_COMPONENT_BYTES = 255;
/** Keeps WEB_ROOT plus a page under the 4,096 bytes of PATH_MAX, with a long WEB_ROOT. */
const MAX_PATH_BYTES = 3000;
/** No such path is longer, even if every byte of it is escaped. */
const MAX_ESCAPED_LENGTH = 1 + 3 * MAX_PATH_BYTES;
const longestSuffix = Math.max(...[...codingSuffixes, INCLUDES_SUFFIX].map((suffix) => suffix.length));

/** Reads the path of a page with its query and its variant, as far as it has them: the identity of the page. Undefined: not canonical. */
export function parsePage(path: string): PagePath | undefined {
  const { bare, query, variant } = splitPath(path);
  const page = parsePagePath(bare);
  const queried = query === '' ? page : page && withQuery(page, query.slice(1));
  if (variant === '' || queried === undefined) return queried;
  return isCanonicalVariant(variant.slice(1)) ? withVariant(queried, variant.slice(1)) : undefined;
}

/** A variant, which is canonical, of a page that has none. */
export function withVariant(page: PagePath, variant: string): PagePath {
  return { ...page, path: `${page.path}${VARIANT_MARK}${variant}`, variant };
}

/** The page that has a query beside the path of one without. Undefined: the query is not canonical, or too long for a file. */
export function withQuery(bare: PagePath, query: string): PagePath | undefined {
  if (!isCanonicalQuery(query)) return undefined;
  const page = { ...bare, path: `${bare.path}?${query}`, query };
  return fitsFileSystem(page) ? page : undefined;
}

/** Reads the path of a request target. Undefined: not canonical, so never stored and never answered from a page. */
export function parsePagePath(path: string): PagePath | undefined {
  const shape = path.length > MAX_ESCAPED_LENGTH ? undefined : shapeOf(path);
  if (shape === undefined) return undefined;
  const page = { path, decoded: path.includes('%') ? decodeURIComponent(path) : path, shape };
  return fitsFileSystem(page) ? page : undefined;
}

function fitsFileSystem(page: PagePath): boolean {
  // 3 bytes a UTF-16 unit at most: short paths, nearly all, need no counting.
  if (page.query === undefined && page.decoded.length * 3 < MAX_COMPONENT_BYTES - 20) return true;
  const longest = filesOf(page).reduce((a, b) => (b.length > a.length ? b : a));
  if (Buffer.byteLength(longest) > MAX_PATH_BYTES) return false;
  const components = `${longest}${'x'.repeat(longestSuffix)}`.split('/');
  return components.every((component) => Buffer.byteLength(component) <= MAX_COMPONENT_BYTES);
}

/** Every extension that a page of this path may be stored with, the preferred one first. */
export function extensionsOf(page: PagePath): readonly Extension[] {
  if (page.shape === 'directory') return ['html'];
  if (page.shape === 'extensionless') return extensionlessTypes;
  const extension = page.decoded.slice(page.decoded.lastIndexOf('.') + 1);
  return knownExtensions.filter((known) => known === extension);
}

/** The file of a page, relative to the folder of its host; `extension` is one of {@link extensionsOf}. */
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

/** Every file that the page may lie in. */
export function filesOf(page: PagePath): readonly string[] {
  return extensionsOf(page).map((extension) => fileOf(page, extension));
}

/** Every file that the page may lie in if islands are put into it as it is sent. */
export function filesWithIncludes(page: PagePath): readonly string[] {
  return filesOf(page).map((file) => `${file}${INCLUDES_SUFFIX}`);
}

/** The inverse of {@link fileOf}, with includes or without: the page that lies in a file, or undefined for a file that is no page's. */
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

/** Spells a decoded path canonically; undefined where a character can stand in no canonical path. */
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
 * The canonical spelling of a path that a person or a program wrote: raw Unicode, lower-case escapes and escapes
 * of plain characters are accepted. Undefined where no canonical path is meant.
 */
export function canonicalPath(written: string): string | undefined {
  if (!written.startsWith('/') || /\/\/|\/\.|[\\]/.test(written)) return undefined;
  // An escaped slash, backslash, per cent or dot segment means something else than its decoding.
  if (/%(?:2f|5c|25|[01][0-9a-f]|7f)/i.test(written) || /\/(?:\.|%2e)/i.test(written)) return undefined;
  try {
    return encodePath(decodeURIComponent(written));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/**
 * The pages that a path names: with the trailing slash and without, as far as they can be. Those with a query that it has; without
 * one, those without.
 */
export function pagesNamedBy(path: string): readonly PagePath[] {
  const { bare, query, variant } = splitPath(bareName(path));
  return [`${bare}${query}${variant}`, `${bare}/${query}${variant}`]
    .map(parsePage)
    .filter((page) => page !== undefined);
}

/**
 * A path without its trailing slash: `/blog` and `/blog/` are two pages, but one name for quickDelete. A query is a part of the
 * name: `/blog?page=2`.
 */
export function bareName(path: string): string {
  const { bare, query, variant } = splitPath(path);
  return bare.length > 1 && bare.endsWith('/') ? `${bare.slice(0, -1)}${query}${variant}` : path;
}

/** The path of a page without its query and its variant. */
export function withoutQuery(path: string): string {
  return splitPath(path).bare;
}

/** What a page is asked for by: its path with the query, and without the variant. */
export function urlOf(path: string): string {
  const end = path.indexOf(VARIANT_MARK);
  return end === -1 ? path : path.slice(0, end);
}

/** The decoding of a page's path, on which rules and globs are tested: without query and variant. */
export function decodedPath(path: string): string {
  return decodeURIComponent(withoutQuery(path));
}

/** The same of a text that a caller has written: a report names a page with its variant, which no URL has. */
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

/** A path, its query and its variant; empty where there is none. */
function splitPath(path: string): SplitPath {
  const url = urlOf(path);
  const start = url.indexOf('?');
  const end = start === -1 ? url.length : start;
  return { bare: url.slice(0, end), query: url.slice(end), variant: path.slice(url.length) };
}
