import { portableSource } from '../page/portable-pattern.js';
import { navigationSource, type Scheme } from '../page/request/audience.js';
import { type CookieNames, personalCookieNames, personalCookieSource } from '../page/request/cookies.js';
import { UNVOUCHED } from '../page/request/gate.js';
import { ignoredQuerySource, linearIgnoredQuerySource } from '../page/request/query.js';
import type { Rules } from '../page/rules.js';
import type { PageHost } from './hosts.js';
import { kindsOf } from './layout.js';
import type { FrontSite } from './site.js';

/** Which requests may be answered from a page. All others go to the app. */
export interface Gate {
  readonly methods: readonly string[];
  /** Request headers, in lower case, with which no page may answer. An empty value counts as absent. */
  readonly bypassHeaders: readonly string[];
  /** A pattern of the whole Accept header, for JavaScript and PCRE. `undefined` if Accept makes no difference. */
  readonly accept: string | undefined;
  /** The only scheme that visitors may use. `undefined` if they may use either. */
  readonly scheme: Scheme | undefined;
  /**
   * A PCRE, without regard to case, that finds in a whole Cookie header the cookies that make a request personal.
   * `undefined` if no cookie does.
   */
  readonly bypassCookies: string | undefined;
  /**
   * The same for each kind of pages with variants, because some cookies choose their variant. By the name of the kind.
   */
  readonly bypassCookiesOfKinds: readonly (readonly [kind: string, source: string])[];
  /** Which paths have pages that are rendered for nobody, so that cookies do not matter. The first that matches decides. */
  readonly paths: readonly NobodysPath[];
  /**
   * PCREs that find the paths that may be pages, among paths of plain ASCII without escapes. If none finds a path, it
   * is not a page. `undefined` if a server cannot know, and looks for a page at every path.
   */
  readonly rules: readonly string[] | undefined;
  /** A pattern of the whole query strings, with their `?`, that change nothing. `undefined` if every query bypasses. */
  readonly ignoredQuery: string | undefined;
  /** `bypassCookies` and `ignoredQuery` for engines without look-around. */
  readonly linear: { readonly cookies: CookieNames | undefined; readonly ignoredQuery: string | undefined };
  readonly hosts: readonly GateHost[];
  readonly vouchers: Vouchers;
}

/** Paths whose pages are rendered for nobody (as for a visitor without cookies), or paths whose pages are not. */
export interface NobodysPath {
  /**
   * A PCRE that finds them among paths of plain ASCII, without escapes. On all other paths, cookies decide as usual.
   */
  readonly pattern: string;
  readonly isForNobody: boolean;
}

/** A host that has pages. */
export interface GateHost extends PageHost {
  /** The folder of its pages below the web root; empty unless the site has several hosts. */
  readonly folder: string;
}

/** What the server reports to the app about the Host header that it checked. */
export interface Vouchers {
  /** The host has pages, and the server was configured with the same decisions. */
  readonly known: string;
  /** The host has no pages, whatever its name is. */
  readonly unknown: string;
}

/** What decides which requests a page may answer. */
export interface GateDecisions {
  readonly config: Pick<
    FrontSite,
    'hosts' | 'scheme' | 'rules' | 'ignoreQuery' | 'bypassCookies' | 'ignoreCookies' | 'bypassHeaders'
  >;
  /** The hosts that the server answers for. */
  readonly hosts: readonly PageHost[];
  readonly fingerprint: string;
}

/** The methods that pages and assets answer. Any other method may change data. */
export const readingMethods: readonly string[] = Object.freeze(['GET', 'HEAD']);

export function describeGate({ config, hosts, fingerprint }: GateDecisions): Gate {
  const hasFolders = config.hosts.length > 1;
  return {
    methods: readingMethods,
    bypassHeaders: config.bypassHeaders.filter((name) => name !== 'accept'),
    accept: config.bypassHeaders.includes('accept') ? navigationSource : undefined,
    scheme: config.scheme,
    bypassCookies: personalCookieSource(config, 'pcre'),
    bypassCookiesOfKinds: kindsOf(config.rules.included).flatMap(({ name, variants }) => {
      const source = personalCookieSource({ ...config, choosing: variants.cookies }, 'pcre');
      return source === undefined ? [] : [[name, source] as const];
    }),
    paths: nobodysPaths(config.rules),
    rules: portableRules(config.rules),
    ignoredQuery: ignoredQuerySource(config.ignoreQuery),
    linear: {
      cookies: personalCookieNames(config),
      ignoredQuery: linearIgnoredQuerySource(config.ignoreQuery),
    },
    hosts: hosts.map((host) => ({ ...host, folder: hasFolders ? host.name : '' })),
    vouchers: { known: fingerprint, unknown: UNVOUCHED },
  };
}

/** Returns `undefined` if a server cannot read one of the patterns. */
function portableRules({ included }: Pick<Rules, 'included'>): readonly string[] | undefined {
  const sources = included.map(({ pattern }) => portableSource(pattern));
  const readable = sources.filter((source) => source !== undefined);
  return readable.length === sources.length ? readable : undefined;
}

/** Returns the paths before the first pattern that a server cannot read. The app decides about all later ones. */
export function nobodysPaths({ included }: Pick<Rules, 'included'>): readonly NobodysPath[] {
  const sources = included.map(({ pattern }) => portableSource(pattern));
  const end = sources.indexOf(undefined);
  const paths = included.slice(0, end === -1 ? included.length : end).map(({ isForNobody }, index) => ({
    pattern: sources[index] ?? '(?!)',
    isForNobody,
  }));
  return paths.slice(0, paths.findLastIndex(({ isForNobody }) => isForNobody) + 1);
}
