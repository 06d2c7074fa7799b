import type { OptionReader } from '../option-reader.js';
import type { UrlPattern } from '../page/rules.js';
import type { ContentTypes } from './files/content-types.js';

/** How a page without an extension is named: `about/index.html`, or `about.html`. */
export type ExportLayout = 'folders' | 'files';

/** One of the ways in which each page is exported, for example a language. */
export interface ExportVariant {
  /** Letters, digits, `-` and `_`. */
  readonly name: string;
  /** The prefix of the path of each page: `/de`. Default: nothing. */
  readonly prefix?: string;
  /** Headers of its requests: `{ 'Accept-Language': 'de' }`. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The folder of its files; empty: that of the export. Default: its name if it has headers and no prefix, else empty. */
  readonly folder?: string;
}

/** How a site is exported. The options of a call or of the command take precedence over these. */
export interface ExportSettings {
  /** `/about` as `about/index.html` (`folders`) or as `about.html` (`files`). Default: `folders`. */
  readonly layout?: ExportLayout;
  /**
   * Where the host takes Content-Types from: file names, as plain servers do (`names`), or the manifest of the export,
   * which `deploy` reads for S3 (`manifest`). With `names`, a page fails if its file name would give it another type.
   * Default: `names`.
   */
  readonly contentTypes?: ContentTypes;
  /** The path under which the export will be served, put before the paths that pages link to. Default: none. */
  readonly base?: string;
  /** The origin from which the export will be served. A sitemap.xml is written for it. Default: none. */
  readonly url?: string;
  /**
   * Origins that the app puts before its own paths: `http://localhost:3000`. `url` replaces them in links, feeds,
   * sitemaps and all other texts. Links to them are followed. Default: none.
   */
  readonly replaceOrigins?: readonly string[];
  /** Whether links are followed, from the routes and the option `warm.urls`. Default: true if no route is declared. */
  readonly crawl?: boolean;
  /** The path of a sitemap of the app, or of an index of sitemaps, whose pages are exported too. Default: none. */
  readonly sitemap?: string;
  /** Patterns of decoded paths that are not exported if links or a sitemap name them. Default: none. */
  readonly exclude?: readonly UrlPattern[];
  /** Paths that redirect: `{ '/old': '/new' }`. Default: none. */
  readonly redirects?: Readonly<Record<string, string>>;
  /** The path whose response becomes 404.html; `false` for no 404.html. Default: `/404.html`. */
  readonly notFound?: string | false;
  /** The ways in which each page is exported. Default: one. */
  readonly variants?: readonly ExportVariant[];
  /** How many pages are rendered at a time. Default: 4. */
  readonly concurrency?: number;
  /** Headers of every request. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
}

export type ResolvedVariant = Required<ExportVariant>;

export interface ResolvedExport {
  readonly layout: ExportLayout;
  readonly contentTypes: ContentTypes;
  /** Empty, or with a slash at its start and none at its end. */
  readonly base: string;
  readonly url: string | undefined;
  readonly replaceOrigins: readonly string[];
  readonly crawl: boolean | undefined;
  readonly sitemap: string | undefined;
  readonly exclude: readonly UrlPattern[];
  readonly redirects: Readonly<Record<string, string>>;
  readonly notFound: string | undefined;
  readonly variants: readonly ResolvedVariant[];
  readonly concurrency: number;
  readonly headers: Readonly<Record<string, string>>;
}

export const exportSettingNames: readonly string[] = Object.keys({
  layout: 0,
  contentTypes: 0,
  base: 0,
  url: 0,
  replaceOrigins: 0,
  crawl: 0,
  sitemap: 0,
  exclude: 0,
  redirects: 0,
  notFound: 0,
  variants: 0,
  concurrency: 0,
  headers: 0,
} satisfies Record<keyof ExportSettings, 0>);

const DEFAULT_CONCURRENCY = 4;
const DEFAULT_NOT_FOUND = '/404.html';
const ORIGIN = /^https?:\/\/[^/?#]+\/?$/;
const BASE = /^(?:\/[^/?#\s]+)*\/?$/;
const VARIANT_NAME = /^[\w-]+$/;
const FOLDER = /^(?:[^/\\.][^/\\]*(?:\/[^/\\.][^/\\]*)*)?$/;

/** Reads the group `export`. */
export function readExportGroup(read: OptionReader): ResolvedExport {
  read.refuseUnknown(exportSettingNames);
  return readExport(read);
}

/** Reads the settings of an export from options that may include others. */
export function readExport(read: OptionReader): ResolvedExport {
  return {
    layout: read.oneOf('layout', "'folders' or 'files'", isLayout, 'folders'),
    contentTypes: read.oneOf('contentTypes', "'names' or 'manifest'", isContentTypes, 'names'),
    base: readText(read, 'base', BASE, 'a path such as /blog').replace(/\/$/, ''),
    url:
      readText(read, 'url', ORIGIN, 'an origin such as https://www.example.com').replace(/\/$/, '') ||
      undefined,
    replaceOrigins: readReplaceOrigins(read),
    crawl: read.raw('crawl') === undefined ? undefined : read.boolean('crawl', false),
    sitemap: readText(read, 'sitemap', /^\//, 'a path such as /sitemap.xml') || undefined,
    exclude: read.patterns('exclude', []),
    redirects: readTexts(
      read,
      'redirects',
      isRedirect,
      'an object of paths and where they lead: paths or URLs',
    ),
    notFound: readNotFound(read),
    variants: readVariants(read),
    concurrency: read.positiveInteger('concurrency', DEFAULT_CONCURRENCY),
    headers: readHeaders(read),
  };
}

function isLayout(value: unknown): value is ExportLayout {
  return value === 'folders' || value === 'files';
}

function isContentTypes(value: unknown): value is ContentTypes {
  return value === 'names' || value === 'manifest';
}

function readText(read: OptionReader, option: string, pattern: RegExp, expected: string): string {
  const value = read.raw(option) ?? '';
  if (value === '' || (typeof value === 'string' && pattern.test(value))) return value;
  read.refuse(option, expected, value);
  return '';
}

function readReplaceOrigins(read: OptionReader): readonly string[] {
  const origins = read.names('replaceOrigins', [], ORIGIN, 'an origin such as http://localhost:3000');
  if (origins.length > 0 && (read.raw('url') ?? '') === '')
    read.refuse('url', 'the origin that takes the place of `replaceOrigins`', read.raw('url'));
  return origins.map((origin) => origin.replace(/\/$/, ''));
}

function readNotFound(read: OptionReader): string | undefined {
  if (read.raw('notFound') === false) return undefined;
  return readText(read, 'notFound', /^\//, 'a path, or false') || DEFAULT_NOT_FOUND;
}

function readHeaders(read: OptionReader): Readonly<Record<string, string>> {
  return readTexts(read, 'headers', ([name]) => /^[\w-]+$/.test(name), 'an object of header names and texts');
}

function readTexts(
  read: OptionReader,
  option: string,
  isRight: (entry: readonly [string, string]) => boolean,
  expected: string,
): Readonly<Record<string, string>> {
  const value = read.raw(option) ?? {};
  const isObject = typeof value === 'object' && value !== null && !(Symbol.iterator in value);
  const entries: readonly [string, unknown][] = isObject ? Object.entries(value) : [];
  const texts = entries.filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && isRight([entry[0], entry[1]]),
  );
  if (!isObject || texts.length < entries.length) read.refuse(option, expected, value);
  return Object.fromEntries(texts);
}

function isRedirect([from, to]: readonly [string, string]): boolean {
  return from.startsWith('/') && /^(?:\/|https?:\/\/)/.test(to);
}

function readVariants(read: OptionReader): readonly ResolvedVariant[] {
  const variants = read.groups('variants').map(readVariant);
  const names = new Set(variants.map(({ name }) => name));
  if (names.size < variants.length)
    read.refuse('variants', 'variants with different names', read.raw('variants'));
  return variants;
}

function readVariant(read: OptionReader): ResolvedVariant {
  read.refuseUnknown(['name', 'prefix', 'headers', 'folder']);
  const name = readText(read, 'name', VARIANT_NAME, 'a name of letters, digits, - and _');
  if (name === '' && (read.raw('name') ?? '') === '')
    read.refuse('name', 'a name of letters, digits, - and _', read.raw('name'));
  const prefix = readText(read, 'prefix', BASE, 'a path such as /de').replace(/\/$/, '');
  const headers = readHeaders(read);
  const usual = prefix === '' && Object.keys(headers).length > 0 ? name : '';
  const folder =
    read.raw('folder') === undefined ? usual : readText(read, 'folder', FOLDER, 'a folder within the export');
  return { name, prefix, headers, folder };
}
