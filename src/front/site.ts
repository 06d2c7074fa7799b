import type { Extension } from '../page/grammar.js';
import type { DeclaredHeaders } from '../page/response/headers.js';

/** What a server in front has to know of a site to answer as the code does. */
export interface FrontSite {
  readonly webRoot: string;
  readonly hosts: readonly string[];
  readonly ignoreQuery: readonly string[];
  readonly bypassCookies: readonly string[];
  readonly ignoreCookies: readonly string[];
  readonly bypassHeaders: readonly string[];
  readonly headers: DeclaredHeaders;
  readonly types: Readonly<Record<Extension, string>>;
}
