import { type Extension, knownExtensions } from '../grammar.js';
import { extensionsOf, type PagePath, withoutQuery } from '../layout.js';
import { withoutIncludes } from './includes.js';
import { compilePathTypes, namedPath, type PathTypes } from './path-types.js';

/** What a type is declared for: an extension, or the path of a page, in which `*` stands for any part of a name. */
export type TypedName = Extension | `/${string}`;

/** The Content-Type of each file that nginx serves. */
export interface PageTypes {
  readonly types: Readonly<Record<Extension, string>>;
  /** By the path of a page, where it is another than its extension's. */
  readonly typesOfPaths: PathTypes;
}

const contentTypePattern = /^[\w!#&^.+-]+\/[\w!#&^.+-]+(?:; ?[\w-]+=[\w.-]+)*$/;

/** Whether an option may name it as a Content-Type. */
export function isContentType(value: unknown): value is string {
  return typeof value === 'string' && contentTypePattern.test(value);
}

/** One that may be a page's: neither endless nor in parts, and a single one. */
const pageTypePattern = /^(?!text\/event-stream|multipart\/)[\w!#&^.+-]+\/[\w!#&^.+-]+\s*(?:;[^,]*)?$/i;

export function isPageType(type: string | undefined): type is string {
  return type !== undefined && pageTypePattern.test(type.trim());
}

/**
 * The extension of the file in which nginx would send a page with this type. Undefined: it would send another type, so only
 * Node can serve the page.
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

/** The type that a page's file is sent with, by nginx and by Node. */
export function typeOfFile(path: string, file: string, { types, typesOfPaths }: PageTypes): string {
  const byExtension: Readonly<Record<string, string>> = types;
  const name = withoutIncludes(file);
  const type = typesOfPaths.get(withoutQuery(path)) ?? byExtension[name.slice(name.lastIndexOf('.') + 1)];
  return type ?? 'application/octet-stream';
}

const html = /^text\/html\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;

/** Whether islands can be put into a page of this type: they are HTML in UTF-8. */
export function isIncludingType(type: string): boolean {
  return html.test(type.trim());
}

/** Whether the server in front sends a page with includes with this type, as it does all of them. */
export function isTypeOfIncludes(page: PagePath, type: string, { types, typesOfPaths }: PageTypes): boolean {
  return typesOfPaths.get(withoutQuery(page.path)) === undefined && isSameType(types.html, type);
}

/** Equal but for the case and the spaces around parameters (RFC 9110 §8.3.1). */
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
 * The Content-Type of each file. Text has its charset, because that is what Express sends for strings; a site whose
 * handlers send another type says so in `types`.
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
 * The types of a site: those that it gives, by extension or path, laid over the defaults. `refuse` is told what is wrong, with
 * the name whose type it is; without one where the name itself is.
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
