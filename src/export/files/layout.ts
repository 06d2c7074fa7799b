import { isTypeOfName } from '../../deploy/content-types.js';
import { knownExtensions } from '../../page/grammar.js';
import type { ResolvedExport, ResolvedVariant } from '../options.js';
import { checkContentType } from './content-types.js';

/** What the file of a page depends on. */
export interface ExportedPage {
  readonly path: string;
  /** Its Content-Type. */
  readonly type: string;
  readonly variant?: ResolvedVariant | undefined;
}

/** How the files of an export are named, and where its host takes their types from. */
export type NamingOptions = Pick<ResolvedExport, 'layout' | 'contentTypes'>;

const servedAsTheyAre: ReadonlySet<string> = new Set([...knownExtensions, 'xhtml']);

/** Names at the top of an export that begin with this are reserved. */
export const OWN_PREFIX = '.staticgenerator';

const MAX_COMPONENT_BYTES = 255;
const MAX_PATH_BYTES = 3000;

/**
 * Returns the file of a page, relative to the folder of the export. Throws an error that says why it can have none. It
 * refuses an escaped slash, because a slash in a file name would lead into another folder.
 */
export function fileOfPage(
  { path, type, variant }: ExportedPage,
  { layout, contentTypes }: NamingOptions,
): string {
  if (path.includes('?'))
    throw new Error('a file name cannot contain a query string; give its route a `file`');
  if (/%2f/i.test(path)) throw new Error('it has an escaped slash, which a file name cannot contain');
  const decoded = decodedPath(path);
  if (decoded === path && /%/.test(path))
    throw new Error('it has a percent sign that does not begin an escape');
  const file = inFolder(nameOf(decoded.slice(1), type, layout), variant);
  if (contentTypes === 'names' && isHidden(file)) throw new Error(hiddenProblem(file));
  return checkContentType(file, type, contentTypes);
}

/** Whether a name in it begins with a dot. Many hosts do not serve such names, except `.well-known` (RFC 8615). */
function isHidden(file: string): boolean {
  return file
    .replace(/^\.well-known\//, '')
    .split('/')
    .some((component) => component.startsWith('.'));
}

function hiddenProblem(file: string): string {
  return `many hosts do not serve ${file}, because a name in it begins with a dot. Give its route a \`file\`, or exclude it. Or set \`contentTypes: 'manifest'\` if the host serves every file, as S3 does`;
}

/** Returns a file in the folder of its variant. Throws if it cannot have that name. */
export function inFolder(file: string, variant: ResolvedVariant | undefined): string {
  return checkFile(variant === undefined || variant.folder === '' ? file : `${variant.folder}/${file}`);
}

/** Decodes a path, as rules and globs read it. A path that cannot be decoded stays as it is. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

/**
 * Hosts answer for a folder with its `index.html`, whatever its name. If the name of a page would give it another type,
 * such as `/node.js`, its file is in a folder. So is that of every HTML page with a dot in its name, because hosts try
 * `.html` only after other names.
 */
function nameOf(name: string, type: string, layout: NamingOptions['layout']): string {
  if (name === '' || name.endsWith('/')) return `${name}index.html`;
  if (!isHtmlType(type) || isTypeOfName(name, type)) return name;
  const hasDot = name.slice(name.lastIndexOf('/') + 1).includes('.');
  return layout === 'folders' || hasDot ? `${name}/index.html` : `${name}.html`;
}

/** Whether hosts answer such a name with the file itself, and not with a page of that name. */
export function hasKnownExtension(name: string): boolean {
  const extension = /\.([^./]+)$/.exec(name)?.[1]?.toLowerCase();
  return extension !== undefined && servedAsTheyAre.has(extension);
}

export function isHtmlType(type: string): boolean {
  return /^(?:text\/html|application\/xhtml\+xml)\b/i.test(type);
}

/** Returns a file if it is within the export, and every file system accepts its name. Otherwise throws. */
export function checkFile(file: string): string {
  const problem = problemOf(file);
  if (problem === undefined) return file;
  throw new Error(
    `${JSON.stringify(file)} cannot be its file: ${problem}. Give its route a \`file\`, or exclude it`,
  );
}

function problemOf(file: string): string | undefined {
  const components = file.split('/');
  if (components.some((component) => component === '..')) return 'it would be outside of the export';
  if (file.startsWith('/')) return 'it must be relative to the folder of the export';
  if (components.some((component) => component === '' || component === '.')) return 'a part of it is empty';
  if (/[\p{Cc}\\]|\p{Cs}/u.test(file)) return 'it has a control character, a backslash or half a character';
  if (file.startsWith(OWN_PREFIX)) return `names that begin with ${OWN_PREFIX} are reserved`;
  const isLong = components.some((component) => Buffer.byteLength(component) > MAX_COMPONENT_BYTES);
  return isLong || Buffer.byteLength(file) > MAX_PATH_BYTES ? 'it is too long for file systems' : undefined;
}

/** Returns a path with the base before it, unless it is under the base already. */
export function withBase(path: string, base: string): string {
  return base === '' || isUnder(path, base) ? path : `${base}${path}`;
}

function isUnder(path: string, base: string): boolean {
  return path === base || (path.startsWith(base) && /^[/?#]/.test(path.slice(base.length)));
}
