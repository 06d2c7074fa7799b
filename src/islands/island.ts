import { StaticGeneratorError, shownValue } from '../errors.js';
import { parsePagePath } from '../page/layout.js';
import type { ResolvedIslands } from './options.js';
import { islandScript } from './script.js';

/** How an island stands in its page. */
export interface IslandMarkup {
  /** HTML that is shown until the island is there, and where there is no script. Default: nothing. */
  readonly fallback?: string;
  /**
   * When it is fetched: `load` with all others of the page, when the HTML has been read; `idle` when the browser has nothing else to do;
   * `visible` when it comes near the window. Default: `load`.
   */
  readonly when?: 'load' | 'idle' | 'visible';
  /** The name of the element around it. Default: `span`; give `div` for what holds blocks. */
  readonly element?: string;
}

const ELEMENT = /^[a-z][a-z\d-]*$/;
const WHEN = new Set<unknown>(['load', 'idle', 'visible']);
/** On this site, and as a request can have it: `//host/` and `/\\host/` are addresses of other sites to a browser. */
const TARGET = /^\/(?![/\\])[^\p{Cc}#]*$/u;

/**
 * The HTML of an island: an element with the fallback in it, and the script that fetches it. Throws `ERR_BAD_ISLAND` for what is no
 * island of the site.
 */
export function islandMarkup(
  islands: ResolvedIslands | undefined,
  url: string,
  { fallback = '', when = 'load', element = 'span' }: IslandMarkup,
): string {
  requireIsland(islands, url);
  if (!ELEMENT.test(element)) refuse(url, `an element such as span or div, got ${shownValue(element)}`);
  if (!WHEN.has(when)) refuse(url, `\`when\` to be load, idle or visible, got ${shownValue(when)}`);
  const time = when === 'load' ? '' : ` data-island-when="${when}"`;
  return `<${element} data-island="${attribute(url)}"${time}>${fallback}</${element}>${scriptTag(islands)}`;
}

/** The script alone, for fields that are islands: `<input type="hidden" name="_csrf" data-island="/csrf-token">`. */
export function islandScriptTag(islands: ResolvedIslands | undefined): string {
  return scriptTag(islands ?? refuse('the script', 'the option `islands`, with the URLs that are islands'));
}

/** Whether a target, as a page names it, is an island of this site: its path alone tells. */
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
