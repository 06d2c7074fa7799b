import { StaticGeneratorError, shownValue } from '../errors.js';
import { parsePagePath } from '../page/layout.js';
import type { IslandInclude, ResolvedIslands } from './options.js';
import { islandScript } from './script.js';

/** How an island appears in its page. */
export interface IslandMarkup {
  /** HTML that is shown until the island is there, and if no script runs. Default: nothing. */
  readonly fallback?: string;
  /**
   * When the script fetches it: `load` with all others of the page, when the HTML has been read; `idle` when the
   * browser has nothing else to do; `visible` when it comes near the window. Default: `load`.
   */
  readonly when?: 'load' | 'idle' | 'visible';
  /** The name of the element around it. Default: `span`; use `div` if the island contains blocks. */
  readonly element?: string;
  /**
   * How it comes. With `script`, the browser fetches it. With `ssi`, it is put into the page while the page is sent;
   * this needs the option `islands.include: 'ssi'`. `when` is for scripts only. Default: what the option says.
   */
  readonly include?: IslandInclude;
}

/** Returns the mark of an island that is put into the response; `undefined` if only the script can fetch it. */
export type MarkIsland = (url: string, fallback: string) => string | undefined;

const ELEMENT = /^[a-z][a-z\d-]*$/;
const WHEN = new Set<unknown>(['load', 'idle', 'visible']);
/** A path on this site, as a request can have it. To browsers, `//host/` and `/\\host/` are other sites' addresses. */
const TARGET = /^\/(?![/\\])[^\p{Cc}\p{Cs}#]*$/u;

/**
 * Returns the HTML of an island: an element with the fallback in it, and the script that fetches it. Throws
 * `ERR_BAD_ISLAND` for a URL that is no island of the site, and for options that cannot be used.
 */
export function islandMarkup(
  islands: ResolvedIslands | undefined,
  url: string,
  { fallback = '', when = 'load', element = 'span', include = islands?.include }: IslandMarkup,
  mark: MarkIsland,
): string {
  requireIsland(islands, url);
  requireInclude(islands, url, include);
  if (!ELEMENT.test(element)) refuse(url, `an element such as span or div, got ${shownValue(element)}`);
  if (!WHEN.has(when)) refuse(url, `\`when\` to be load, idle or visible, got ${shownValue(when)}`);
  const marked = include === 'ssi' ? mark(url, fallback) : undefined;
  // Marks are looked for after this attribute: see `RenderIncludes`.
  if (marked !== undefined) return `<${element} data-included="${attribute(url)}">${marked}</${element}>`;
  const time = when === 'load' ? '' : ` data-island-when="${when}"`;
  return `<${element} data-island="${attribute(url)}"${time}>${fallback}</${element}>${scriptTag(islands)}`;
}

/** The script alone, for fields that are islands: `<input type="hidden" name="_csrf" data-island="/csrf-token">`. */
export function islandScriptTag(islands: ResolvedIslands | undefined): string {
  return scriptTag(islands ?? refuse('the script', 'the option `islands`, with the URLs that are islands'));
}

/** Whether a target, as a page names it, is an island of this site. Only its path decides. */
export function isIslandTarget(islands: ResolvedIslands, target: string): boolean {
  if (!TARGET.test(target)) return false;
  const page = parsePagePath(target.split('?', 1)[0] ?? '');
  return page !== undefined && islands.isIsland(page.decoded);
}

function requireIsland(
  islands: ResolvedIslands | undefined,
  url: unknown,
): asserts islands is ResolvedIslands {
  if (islands === undefined) refuse(url, 'the option `islands`, with the URLs that are islands');
  if (typeof url !== 'string' || !isIslandTarget(islands, url))
    refuse(url, 'a path of this site that a pattern of `islands.urls` matches');
}

function requireInclude(islands: ResolvedIslands, url: string, include: unknown): void {
  if (include !== 'script' && include !== 'ssi')
    refuse(url, `\`include\` to be script or ssi, got ${shownValue(include)}`);
  if (include === 'ssi' && islands.includePath === undefined)
    refuse(url, "the option `islands.include: 'ssi'`, so that the server in front knows of such pages");
}

function refuse(url: unknown, expected: string): never {
  throw new StaticGeneratorError(
    'ERR_BAD_ISLAND',
    `Expected, for the island ${shownValue(url)}, ${expected}`,
    {
      fields: { url },
    },
  );
}

function scriptTag({ path }: ResolvedIslands): string {
  const { name, integrity } = islandScript;
  return `<script type="module" src="${path}/${name}" integrity="${integrity}"></script>`;
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
