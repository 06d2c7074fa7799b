import type { Scheme } from '../page/request/audience.js';
import type { DeclaredHeaders } from '../page/response/headers.js';
import type { PageTypes } from '../page/response/types.js';
import type { Rules } from '../page/rules.js';

/** How the server tells the app of the pages that it sent. */
export interface HitReports {
  /** A UDP port of 127.0.0.1. */
  readonly port: number;
  /** Of how many it tells of one. */
  readonly oneIn: number;
}

/** How islands are put into pages. */
export interface FrontIslands {
  /** Where the app is asked for one. Undefined: none is put into a page. */
  readonly includePath: string | undefined;
  readonly includeTimeoutMs: number;
}

/** What a server in front has to know of a site to answer as the code does. */
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
  /** Those of them that are for a CDN. Undefined: there is none. */
  readonly cdn?: { readonly headers: DeclaredHeaders } | undefined;
  /** Undefined: the site has one host. */
  readonly cluster?: object | undefined;
  /** Undefined: there are none. */
  readonly islands?: FrontIslands | undefined;
  /** Undefined: the server tells of no hits. */
  readonly countHits?: HitReports | undefined;
}
