import { canonicalPath, pagesNamedBy, urlOfWritten } from '../../page/layout.js';
import { compileSelector, isGlob, type Selector } from '../../page/selector.js';
import { parseTag } from '../../page/tag.js';
import { badTarget } from './bad-target.js';
import type { WrittenTarget } from './target.js';

type PathSelector = Extract<Selector, { readonly kind: 'path' }>;

/** A path that no page can have, in any spelling. */
interface NotPage {
  readonly kind: 'not-page';
  readonly path: string;
}

/** The problem of a text. */
interface Lack {
  readonly why: string;
  readonly cause?: unknown;
}

/** Returns the canonical query of a page, for a path and a written query with its `?`. `undefined` if no page has the query. */
export type NameQuery = (path: string, query: string) => string | undefined;

const NO_QUERIES: NameQuery = () => undefined;

interface TargetContext {
  readonly hosts: readonly string[];
  readonly nameQuery: NameQuery;
}

interface TextContext extends TargetContext {
  /** Whether the text is the address of a record, and not a target of a caller. */
  readonly isAddress: boolean;
}

/**
 * Reads a written target, for a site with these `hosts`. Throws `ERR_BAD_TARGET` if it is no path, glob or URL, or if
 * it is the URL of a host that a site with `hosts` does not list. Throws `ERR_BAD_TAG` if it is no valid tag.
 */
export function readTarget(
  written: WrittenTarget,
  hosts: readonly string[],
  nameQuery = NO_QUERIES,
): Selector | NotPage {
  const context = { hosts, nameQuery };
  if (typeof written === 'string') return readText(urlOfWritten(written), { ...context, isAddress: false });
  if (written instanceof URL) return readUrl(written.href, context);
  if ('address' in written) return readText(written.address, { ...context, isAddress: true });
  return { kind: 'tag', value: parseTag(written.tag) };
}

/**
 * Reads a path, a glob or a URL. If a rule makes pages for its query, the query is a part of the page's name. Any other
 * query, and a fragment, are ignored.
 */
function readText(written: string, { isAddress, ...context }: TextContext): Selector | NotPage {
  const origin = /^https?:\/\/[^/?#]*/i.exec(written)?.[0] ?? '';
  const [, path = '', query = ''] = /^([^?#]*)(\?[^#]*)?/u.exec(written.slice(origin.length)) ?? [];
  const isUrl = origin !== '';
  if (!isUrl && !path.startsWith('/')) throw badTarget(written, lackOfPath(path));
  if (isGlob(path)) {
    const lack = isUrl ? { why: "a URL names one page; a glob starts with '/'" } : lackOfGlob(path);
    if (lack === undefined) return { kind: 'glob', value: path };
    // A caller has made a mistake. A record has not: its address contains what people have typed.
    if (!isAddress) throw badTarget(written, lack.why, lack.cause);
  }
  return isUrl
    ? readUrl(written, context)
    : readPath(path, new URL(`http://localhost${path}${query}`), context.nameQuery);
}

/** Reads a URL. If the site has `hosts`, the host of the URL narrows the selector. */
function readUrl(written: string, { hosts, nameQuery }: TargetContext): PathSelector | NotPage {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw badTarget(written, 'only http and https URLs name pages');
  if (hosts.length > 0 && !hosts.includes(url.hostname))
    throw badTarget(url.hostname, `the site has no pages on this host; \`hosts\` lists ${hosts.join(', ')}`);
  const reading = readPath(url.pathname, url, nameQuery);
  return reading.kind === 'path' && hosts.length > 0 ? { ...reading, host: url.hostname } : reading;
}

/** Returns the page that a browser requests for the URL: dot segments are resolved, and raw characters are escaped. */
function readPath(written: string, { pathname, search }: URL, nameQuery: NameQuery): PathSelector | NotPage {
  const value = canonicalPath(pathname);
  if (value === undefined || pagesNamedBy(value).length === 0) return { kind: 'not-page', path: written };
  const query = search === '' ? undefined : nameQuery(value, search);
  return { kind: 'path', value: query === undefined ? value : `${value}?${query}` };
}

function lackOfPath(written: string): string {
  if (written.startsWith('!'))
    return "a glob cannot be negated; list the globs to delete, without a leading '!'";
  if (/^tag[ :]/.test(written))
    return "it must start with '/'; name a tag as { tag: 'author:7' }, and on the command line with --tag author:7";
  return `it must start with '/', as in ${JSON.stringify(`/${written}`)}`;
}

/** Returns why a text with the characters of a glob is not a valid one, or `undefined` if it is. */
function lackOfGlob(pattern: string): Lack | undefined {
  if (/\/\/|\/\.\.?(?:\/|$)|[\\%]|\p{Cs}/u.test(pattern))
    return {
      why: 'a glob cannot contain an empty segment, a dot segment, a backslash or a percent-escape; write characters unescaped',
    };
  // They would silently name other pages than intended, or none.
  if (/\{[^{},]*\}|\{.*\.\.|\[[^\]]*[\u{10000}-\u{10ffff}]/u.test(pattern))
    return {
      why: 'braces must list two or more alternatives, not a range; a character class cannot contain a character beyond U+FFFF',
    };
  try {
    compileSelector({ kind: 'glob', value: pattern });
    return undefined;
  } catch (cause) {
    return { why: 'it is not a valid glob', cause };
  }
}
