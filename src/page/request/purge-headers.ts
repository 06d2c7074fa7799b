import { canonicalPath, pagesNamedBy } from '../layout.js';
import { type HeaderValues, headerText } from '../response/headers.js';
import type { Rules } from '../rules.js';
import { isGlob, type Selector } from '../selector.js';

/** Response headers by which an app says what a request has changed, in lower case. */
export type PurgeHeaders = readonly string[];

const everything: Selector = { kind: 'all' };

/**
 * Returns the pages that a response asks to delete. Its headers hold paths or URLs, separated by commas or spaces. A
 * `*` at the end stands for all that begins so, and `/*` for everything, as in Ghost's `X-Cache-Invalidate`. Queries
 * are dropped. What cannot be read may mean any page, and so means all.
 */
export function purgedBy(headers: HeaderValues, names: PurgeHeaders, rules: Rules): readonly Selector[] {
  const items = names.flatMap((name) => headerText(headers, name)?.split(/[\s,]+/) ?? []);
  const selectors = items.filter((item) => item !== '').flatMap((item) => selectorsOf(item, rules));
  return selectors.includes(everything) ? [everything] : selectors;
}

function selectorsOf(item: string, rules: Rules): readonly Selector[] {
  const path = pathOf(item);
  if (path === undefined) return [everything];
  if (path.endsWith('*')) return [below(path.slice(0, -1))];
  return isGlob(path) ? [everything] : pathSelectors(path, rules);
}

/** Returns the path of a URL on any host: an app may have more than one name. */
function pathOf(item: string): string | undefined {
  const path = item.replace(/[?#].*$/s, '');
  if (path.startsWith('/')) return path;
  return /^https?:\/\//i.test(path) && URL.canParse(path)
    ? path.replace(/^https?:\/\/[^/]*/i, '') || '/'
    : undefined;
}

function below(prefix: string): Selector {
  const canonical = canonicalPath(prefix);
  if (canonical === undefined || canonical === '/' || isGlob(canonical)) return everything;
  return { kind: 'glob', value: `${decodeURIComponent(canonical)}{,*,*/**}` };
}

/** Returns nothing if no page can have the path. */
function pathSelectors(path: string, rules: Rules): readonly Selector[] {
  const canonical = canonicalPath(path);
  if (canonical === undefined) return [];
  const isPage = pagesNamedBy(canonical).some(({ decoded }) => rules.match(decoded) === 'page');
  return isPage ? [{ kind: 'path', value: canonical }] : [];
}
