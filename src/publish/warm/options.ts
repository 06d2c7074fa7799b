import type { OptionReader } from '../../option-reader.js';
import type { UrlPattern } from '../../page/rules.js';
import { DEFAULT_CONCURRENCY } from '../options.js';

/** Where warming starts and how far it goes. The options of the command override these. */
export interface WarmOptions {
  /** Paths and URLs to start from. Default: `/`. */
  readonly urls?: readonly string[];
  /** The path of a sitemap, or of an index of them, whose pages are starts too. Default: none. */
  readonly sitemap?: string;
  /** Returns what has pages, such as classes with `all()`. Called when warming begins. Default: none. */
  readonly models?: () => readonly unknown[] | Promise<readonly unknown[]>;
  /** How many links away from a start pages are made. Default: 100. */
  readonly depth?: number;
  /** Decoded paths that are neither made nor followed. Default: none. */
  readonly exclude?: readonly UrlPattern[];
  /** How many pages are rendered at a time. Default: 4. */
  readonly concurrency?: number;
}

/** {@link WarmOptions} with every default filled in. */
export interface ResolvedWarm extends Required<Omit<WarmOptions, 'sitemap'>> {
  readonly sitemap: string | undefined;
}

/** Ends the walk in an endless calendar, and still reaches the end of a list with a thousand entries, page by page. */
const DEFAULT_DEPTH = 100;

/** Reads the group `warm`. */
export function readWarm(read: OptionReader): ResolvedWarm {
  read.refuseUnknown(['urls', 'sitemap', 'models', 'depth', 'exclude', 'concurrency']);
  const models = read.raw('models') ?? (() => []);
  const depth = read.raw('depth') ?? DEFAULT_DEPTH;
  if (!isModels(models)) read.refuse('models', 'a function that returns an array', models);
  if (!Number.isSafeInteger(depth) || Number(depth) < 0) read.refuse('depth', 'a whole number from 0', depth);
  return {
    urls: read.names('urls', ['/'], /^(?:\/|https?:)/, 'a path or a URL'),
    sitemap: read.string('sitemap', '') || undefined,
    models: isModels(models) ? models : () => [],
    depth: Number(depth),
    exclude: read.patterns('exclude', []),
    concurrency: read.positiveInteger('concurrency', DEFAULT_CONCURRENCY),
  };
}

function isModels(value: unknown): value is NonNullable<WarmOptions['models']> {
  return typeof value === 'function';
}
