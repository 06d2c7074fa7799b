import { StaticGeneratorError } from '../errors.js';
import { type Answers, describeAnswers, describeIncludes, type Includes } from './answers.js';
import { type App, describeApp } from './app.js';
import { type Assets, describeAssets, type SiteAssets } from './assets.js';
import { fingerprintOf } from './fingerprint.js';
import { describeGate, type Gate } from './gate.js';
import { describeLayout, type Layout } from './layout.js';
import { describeLimits, type Limits } from './limits.js';
import type { ResolvedFrontOptions } from './options/options.js';
import type { FrontSite, HitReports } from './site.js';
import type { Tls } from './tls.js';
import type { Visitors } from './visitors.js';

/**
 * All that is decided about the server in front of the app, as plain data and in no server's own words: a page answers the
 * requests that pass the gate, from the file that the layout names, as the answers say. The app gets all others.
 */
export interface Front {
  readonly listen: readonly string[];
  /** Undefined: it speaks http. */
  readonly tls: Tls | undefined;
  readonly visitors: Visitors;
  /** Where requests are logged, with what the cache said; `off`: nowhere. Undefined: as the server around does. */
  readonly accessLog: string | undefined;
  /** How the app is told of the pages that were sent. Undefined: it is not. */
  readonly hits: HitReports | undefined;
  readonly gate: Gate;
  readonly layout: Layout;
  readonly answers: Answers;
  /** Undefined: no page has any. */
  readonly includes: Includes | undefined;
  readonly assets: Assets | undefined;
  readonly app: App;
  readonly limits: Limits;
}

/** What of a site's configuration is decided on. */
export type FrontConfig = FrontSite & { readonly assets?: SiteAssets | undefined };

/** Said in the configurations of servers that cannot tell of hits. */
export const UNCOUNTED =
  'This server reports no hits, so the app does not count them (option `countHits`). Only nginx reports hits.';

/** Said in the configurations of servers that pass on requests for assets. */
export const ASSETS_OF_THE_APP =
  'The app serves the assets (option `assets`): only nginx serves their files itself. Browsers and a CDN in front may keep the files that\n' +
  'collect named by their content for a year, so a CDN answers most of these requests.';

const NO_TERM =
  'This server cannot stop serving pages by itself when the term of a host ends (option `cluster`). Use nginx, or let it pass all requests to the app';

/**
 * `keepsTerms` is said by the printer of a server that looks for pages by the second: see {@link Layout.seconds}. All others
 * refuse a site of several hosts: throws `ERR_OPTIONS`.
 */
export function describeFront(
  config: FrontConfig,
  options: ResolvedFrontOptions,
  { keepsTerms = false } = {},
): Front {
  if (config.cluster !== undefined && !keepsTerms) throw new StaticGeneratorError('ERR_OPTIONS', NO_TERM);
  const answers = describeAnswers(config);
  const { listen, tls, accessLog, upstreams, hosts, webRoot, staticRoot, trust, proxyProtocol } = options;
  return {
    listen,
    tls,
    accessLog,
    hits: config.countHits,
    visitors: { trust, proxyProtocol },
    gate: describeGate({ config, hosts, fingerprint: fingerprintOf(config) }),
    layout: describeLayout(webRoot, config),
    answers,
    includes: describeIncludes(config, answers),
    assets: describeAssets(config.assets, staticRoot),
    app: describeApp(upstreams),
    limits: describeLimits(options),
  };
}
