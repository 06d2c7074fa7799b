import type { Scheme } from '../page/request/audience.js';
import type { DeclaredHeaders } from '../page/response/headers.js';
import type { PageTypes } from '../page/response/types.js';
import type { Rules } from '../page/rules.js';

/** How the server reports to the app the pages that it sent. */
export interface HitReports {
  /** A UDP port of 127.0.0.1. */
  readonly port: number;
  /** The server reports one of so many pages. */
  readonly oneIn: number;
}

/** How the server inserts islands into pages. */
export interface FrontIslands {
  /** The path at which the app answers with an island. `undefined` if the server inserts none. */
  readonly includePath: string | undefined;
  readonly includeTimeoutMs: number;
}

/** What a server in front must know about a site to answer as the code does. */
export interface FrontSite extends PageTypes {
  readonly webRoot: string;
  readonly hosts: readonly string[];
  readonly scheme: Scheme | undefined;
  readonly rules: Pick<Rules, 'included' | 'queryNames'>;
  readonly ignoreQuery: readonly string[];
  readonly bypassCookies: readonly string[];
  readonly ignoreCookies: readonly string[];
  readonly bypassHeaders: readonly string[];
  readonly headers: DeclaredHeaders;
  /** The headers among them that are for a CDN. `undefined` if there is no CDN. */
  readonly cdn?: { readonly headers: DeclaredHeaders } | undefined;
  /** `undefined` if the site has one host. */
  readonly cluster?: object | undefined;
  /** `undefined` if the site has no islands. */
  readonly islands?: FrontIslands | undefined;
  /** `undefined` if the server reports no hits. */
  readonly countHits?: HitReports | undefined;
}
