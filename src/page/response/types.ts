import { type Extension, knownExtensions } from '../grammar.js';
import { extensionsOf, type PagePath, withoutQuery } from '../layout.js';
import { withoutIncludes } from './includes.js';
import { compilePathTypes, namedPath, type PathTypes } from './path-types.js';

/** What a type is declared for: an extension, or the path of a page, in which `*` stands for any part of a name. */
export type TypedName = Extension | `/${string}`;

/** The Content-Type of each file that nginx serves. */
export interface PageTypes {
  readonly types: Readonly<Record<Extension, string>>;
  /** By the path of a page, if it differs from the type of its extension. */
  readonly typesOfPaths: PathTypes;
}

const contentTypePattern = /^[\w!#&^.+-]+\/[\w!#&^.+-]+(?:; ?[\w-]+=[\w.-]+)*$/;

/** Whether a value is a Content-Type that an option may name. */
export function isContentType(value: unknown): value is string {
  return typeof value === 'string' && contentTypePattern.test(value);
}

/** A type that a page may have: a single one, and neither endless nor in parts. */
const pageTypePattern = /^(?!text\/event-stream|multipart\/)[\w!#&^.+-]+\/[\w!#&^.+-]+\s*(?:;[^,]*)?$/i;

export function isPageType(type: string | undefined): type is string {
  return type !== undefined && pageTypePattern.test(type.trim());
}

/**
 * Returns the extension of the file that nginx would send with this type. `undefined` if nginx would send another type,
 * so that only Node can serve the page.
 */
export function extensionFor(
  page: PagePath,
  type: string,
  { types, typesOfPaths }: PageTypes,
): Extension | undefined {
  const [first, ...others] = extensionsOf(page);
  const declared = typesOfPaths.get(withoutQuery(page.path));
  if (declared !== undefined) return isSameType(declared, type) ? first : undefined;
  return [first, ...others].find((one) => one !== undefined && isSameType(types[one], type));
}

/** Returns the type that nginx and Node send with a page's file. */
export function typeOfFile(path: string, file: string, { types, typesOfPaths }: PageTypes): string {
  const byExtension: Readonly<Record<string, string>> = types;
  const name = withoutIncludes(file);
  const type = typesOfPaths.get(withoutQuery(path)) ?? byExtension[name.slice(name.lastIndexOf('.') + 1)];
  return type ?? 'application/octet-stream';
}

const html = /^text\/html\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;

/** Whether islands can be inserted into a page of this type: HTML in UTF-8. */
export function isIncludingType(type: string): boolean {
  return html.test(type.trim());
}

/** Whether the type is the one with which the server in front sends all pages with includes. */
export function isTypeOfIncludes(page: PagePath, type: string, { types, typesOfPaths }: PageTypes): boolean {
  return typesOfPaths.get(withoutQuery(page.path)) === undefined && isSameType(types.html, type);
}

/** Whether types are equal except for case, quotes, and spaces around parameters (RFC 9110 §8.3.1). */
function isSameType(served: string, sent: string): boolean {
  const normalise = (type: string) =>
    type
      .toLowerCase()
      .replace(/\s*;\s*/g, ';')
      .replaceAll('"', '')
      .trim();
  return normalise(served) === normalise(sent);
}

/**
 * The default Content-Type of each file. Text has its charset, because Express sends one for strings. If a site's
 * handlers send another type, the site says so in `types`.
 */
export const defaultTypes: Readonly<Record<Extension, string>> = Object.freeze({
  html: 'text/html; charset=utf-8',
  htm: 'text/html; charset=utf-8',
  json: 'application/json; charset=utf-8',
  xml: 'application/xml; charset=utf-8',
  rss: 'application/rss+xml; charset=utf-8',
  atom: 'application/atom+xml; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  ics: 'text/calendar; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
  webmanifest: 'application/manifest+json; charset=utf-8',
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  ico: 'image/x-icon',
});

/**
 * Returns the types of a site: those that it gives, by extension or path, over the defaults. `refuse` is called for
 * each problem, with the name whose type is wrong, or without a name if the name itself is.
 */
export function resolveTypes(
  given: Readonly<Record<string, unknown>>,
  refuse: (name: string | undefined, expected: string, value: unknown) => void,
): PageTypes {
  const types: Record<Extension, string> = { ...defaultTypes };
  const typesOfPaths = new Map<string, string>();
  for (const [name, type] of Object.entries(given)) {
    const extension = knownExtensions.find((one) => one === name);
    const path = namedPath(name);
    if (extension === undefined && path === undefined) refuse(undefined, NAMES_EXPECTED, name);
    else if (!isContentType(type)) refuse(name, 'a Content-Type', type);
    else if (extension !== undefined) types[extension] = type;
    else if (path !== undefined) typesOfPaths.set(path, type);
  }
  return { types: Object.freeze(types), typesOfPaths: compilePathTypes(typesOfPaths) };
}

const NAMES_EXPECTED = `extensions among ${knownExtensions.join(' ')}, or paths of pages such as /rss/ and /tag/*/rss/`;
