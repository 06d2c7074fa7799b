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
 * All decisions about the server in front of the app, as plain data in terms of no particular server. A request that
 * passes the gate is answered by a page: `layout` names its file, and `answers` says how it is sent. The app gets all
 * other requests.
 */
export interface Front {
  readonly listen: readonly string[];
  /** `undefined` if the server speaks http. */
  readonly tls: Tls | undefined;
  readonly visitors: Visitors;
  /**
   * The file that logs requests, with what the cache said, or `off`. `undefined` if the surrounding configuration
   * decides.
   */
  readonly accessLog: string | undefined;
  /** How the server reports to the app the pages that it sent. `undefined` if it does not. */
  readonly hits: HitReports | undefined;
  readonly gate: Gate;
  readonly layout: Layout;
  readonly answers: Answers;
  /** `undefined` if no page has any. */
  readonly includes: Includes | undefined;
  readonly assets: Assets | undefined;
  readonly app: App;
  readonly limits: Limits;
}

/** The part of a site's configuration that the decisions are made from. */
export type FrontConfig = FrontSite & { readonly assets?: SiteAssets | undefined };

/** A comment in the configurations of servers that cannot report hits. */
export const UNCOUNTED =
  'This server reports no hits, so the app does not count them (option `countHits`). Only nginx reports hits.';

/** A comment in the configurations of servers that pass requests for assets to the app. */
export const ASSETS_OF_THE_APP =
  'The app serves the assets (option `assets`): only nginx serves their files itself. Browsers and a CDN in front may keep the files that\n' +
  'collect named by their content for a year, so a CDN answers most of these requests.';

const NO_TERM =
  'This server cannot stop serving pages by itself when the term of a host ends (option `cluster`). Use nginx, or let it pass all requests to the app';

/**
 * Decides everything about the server in front. If a server looks for pages by the second (see {@link Layout.seconds}),
 * its printer passes `keepsTerms`. Without it, throws `ERR_OPTIONS` for a site with the option `cluster`.
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
