import type { RequestListener } from 'node:http';
import type { DeleteReport } from './change/invalidate.js';
import type { DeleteOptions } from './change/targets/delete-options.js';
import type { Target } from './change/targets/target.js';
import type { Options } from './config.js';
import { atCaller, shownAtCall } from './errors.js';
import type { RouteOptions } from './export/routes/routes.js';
import type { ExportOptions, ExportReport } from './export/run-options.js';
import { generateNginx, type NginxOptions } from './front/nginx/generate.js';
import { type IslandMarkup, islandMarkup, islandScriptTag } from './islands/island.js';
import type { Api, ApiOptions } from './operate/api/api.js';
import type { Dashboard, DashboardOptions } from './operate/dashboard/dashboard.js';
import { type ExportMetrics, MetricsExports } from './operate/metrics/exports.js';
import { withLearned } from './page/request/cookies.js';
import type { PublishOptions } from './publish/options.js';
import type { PublishReport } from './publish/publish.js';
import { type MakeHandler, makeHandler } from './publish/render/handler.js';
import type { Middleware } from './request/middleware.js';
import { Lifetime } from './site/lifetime.js';
import { makeDashboard } from './site/operate/dashboard.js';
import { makeApi } from './site/operate/http-api.js';
import { makeTracking } from './site/tracking.js';
import { composeSite } from './site.js';
import type { TrackOptions } from './track/options.js';
import type { Tracker } from './track/tracker.js';

/** The pages of one site. Every member is bound, so it also works when it is taken off the object. */
export interface StaticGenerator {
  /** Captures misses, and serves the hits that no server in front serves. Mount it first. */
  readonly middleware: Middleware;
  /**
   * The app with the middleware in front, for `createServer()` of `node:http`, `node:https` or `node:http2`. A hit
   * reaches no framework, and so takes a fraction of the time. Registers the app as {@link attach} does. Throws
   * `ERR_NOT_ATTACHED` for a value that is no app.
   */
  readonly handler: MakeHandler;
  /**
   * Registers the app, or any request listener: it gets the requests for renders without a visitor. Throws
   * `ERR_NOT_ATTACHED` for a value that is neither.
   */
  readonly attach: (app: RequestListener) => void;
  /**
   * Invalidates and deletes the named pages; call it after the transaction has committed. When it has resolved, no
   * request that begins afterwards gets a byte that was rendered before the call. A page that is not there is no error.
   * Neither is a path that no page can have: the report names it.
   * With `{ refresh: 'regenerate' }` among the targets, pages are rendered again in place instead.
   * Rejects with `ERR_BAD_TARGET` or `ERR_BAD_TAG` before anything is deleted. Rejects with `ERR_DELETE_FAILED` and the
   * file's name if a file cannot be deleted. Rejects with `ERR_CLUSTER_UNREACHABLE` or `ERR_CDN_UNREACHABLE` if all is
   * deleted here, but other hosts or the CDN could not be reached yet.
   */
  readonly quickDelete: (...targets: readonly (Target | DeleteOptions)[]) => Promise<DeleteReport>;
  /**
   * Renders the named pages now, and stores those that answer 200 and may be stored. Reports which these are, and why
   * the others are not stored. A glob or a tag names the stored pages that it matches. The last argument may be
   * options: `host`, `headers`, `concurrency`, `signal`, `timeoutMs`. Rejects with `ERR_NOT_ATTACHED` without
   * `attach(app)`, with `ERR_BAD_TARGET` before anything is rendered, and with the signal's reason if it is aborted.
   * What has been stored by then stays.
   */
  readonly quickPublish: (...targets: readonly (Target | PublishOptions)[]) => Promise<PublishReport>;
  /**
   * Declares what an export makes of a route; how requests are routed does not change. The path is written as in
   * Express 5, or is a regular expression with groups. Throws `ERR_BAD_ROUTE`.
   */
  readonly route: (path: string | RegExp, options?: RouteOptions) => void;
  /**
   * Exports the site to a folder of files that any static host can serve, with the app that was attached. The folder is
   * replaced as a whole when everything is done. Rejects with `ERR_OPTIONS`, `ERR_BAD_ROUTE`, `ERR_NOT_ATTACHED` or
   * `ERR_EXPORT_FOREIGN`. If a page fails, rejects with `ERR_EXPORT_FAILED` and every failure, and the folder is as
   * before; with `keepGoing`, resolves.
   */
  readonly exportSite: (folder: string, options?: ExportOptions) => Promise<ExportReport>;
  /**
   * Returns the text of the nginx configuration for these options, as the command `nginx` prints it. Throws
   * `ERR_OPTIONS` with every problem of the options given.
   */
  readonly nginx: (options?: NginxOptions) => string;
  /**
   * Returns the HTTP API of the site, for programs that run it. Mount it at a path of its own. Throws `ERR_OPTIONS`
   * without `authorize`, which decides who may use it.
   */
  readonly api: (options: ApiOptions) => Api;
  /**
   * Returns the dashboard of the site, for people who run it. Mount it at a path of its own. Throws `ERR_OPTIONS`
   * without `authorize`, which decides who may see it.
   */
  readonly dashboard: (options: DashboardOptions) => Dashboard;
  /**
   * Returns the metrics of this process and of the ledger in the text format of Prometheus. With a registry of
   * `prom-client`, they are added to it, once, and the text is that of the whole registry. With `{ meterProvider }`,
   * they go to OpenTelemetry, once, and there is no text. Counts from the first call on. Rejects with `ERR_OPTIONS`
   * without `prom-client`, or if the argument is neither of these.
   */
  readonly metrics: ExportMetrics;
  /**
   * Returns HTML for a part of a shared page that is fetched for each visitor, or inserted into the page for each. The
   * URL is a route that the option `islands` names: a menu for signed-in visitors, the count of a cart. Until the part
   * is there, and without a script, the page shows the fallback. Throws `ERR_BAD_ISLAND`.
   */
  readonly island: (url: string, options?: IslandMarkup) => string;
  /**
   * Returns the script that {@link island} adds, for a page whose islands are fields:
   * `<input type="hidden" name="_csrf" data-island="/csrf">`.
   */
  readonly islandScript: () => string;
  /**
   * Returns the value of a variant that the current request has chosen, whether it asks for a page or not:
   * `variant('language')`. Outside of a request, returns the first value. Throws `ERR_BAD_VARIANT` for a name that the
   * option `variants` does not have.
   */
  readonly variant: (name: string) => string;
  /**
   * Adds tags to the page that is being rendered. In a request that creates no page, does nothing; outside a request,
   * adds them to each page that is being rendered. Never throws: if a value is not a tag, the page is not stored
   * (reason `bad-tag`).
   */
  readonly tag: (...tags: readonly string[]) => void;
  /**
   * Runs a function whose database reads do not count as the page's, and returns what it returns. Use it for what the
   * page does not show, such as the session. Tags that the function itself adds count.
   */
  readonly untracked: <T>(work: () => T) => T;
  /** Creates a tracker, for an ORM that has no adapter; the adapters are built on it. Throws `ERR_OPTIONS`. */
  readonly track: (options?: TrackOptions) => Tracker;
  /** Keeps the response that is being rendered from being stored; the reason is logged. */
  readonly skip: (reason?: string) => void;
  /** Finishes the writes under way and releases the ledger. Requests then pass to the app. Idempotent. */
  readonly close: () => Promise<void>;
}

/**
 * Keeps the pages of a site as files. Throws `ERR_OPTIONS` with every problem of the options, `ERR_WEB_ROOT_FOREIGN`,
 * `ERR_WEB_ROOT_UNUSABLE`, `ERR_LEDGER_VERSION`, `ERR_LEDGER_UNUSABLE` or `ERR_NO_SQLITE`.
 */
export function staticGenerator(options: Options): StaticGenerator {
  const site = atCaller(staticGenerator, () => composeSite(options, { makesPages: true }));
  const lifetime = new Lifetime();
  const { models, watcher } = makeTracking({ ...site, lifetime });
  const metricsExports = new MetricsExports({ ...site, isOver: () => lifetime.isOver() });
  const end = async () => {
    models.close();
    await watcher.stop();
    await site.close();
  };
  const attach: StaticGenerator['attach'] = shownAtCall((app) => site.publisher.attach(app));
  const middleware: Middleware = (request, response, next) =>
    (lifetime.isOver() ? site.passOn : site.middleware)(request, response, next);
  return Object.freeze({
    middleware,
    handler: shownAtCall((app: unknown) => makeHandler(app, { middleware, attach })),
    attach,
    quickDelete: lifetime.during((...given) => site.namedPages.delete(given, models.recordsOf)),
    quickPublish: lifetime.during((...given) => site.namedPages.publish(given, models.recordsOf)),
    exportSite: lifetime.during(site.exportSite),
    route: shownAtCall((path, options) => site.routes.declare(path, options)),
    nginx: shownAtCall((options) => generateNginx(withLearned(site.config, site.learned.names()), options)),
    metrics: lifetime.during((...given) => metricsExports.to(...given)) as ExportMetrics,
    api: shownAtCall((options) => makeApi({ ...site, lifetime, recordsOf: models.recordsOf }, options)),
    dashboard: shownAtCall((options) =>
      makeDashboard({ ...site, lifetime, recordsOf: models.recordsOf }, options),
    ),
    island: shownAtCall((url, options = {}) =>
      islandMarkup(site.config.islands, url, options, (...marked) => site.contexts.include(...marked)),
    ),
    islandScript: () => islandScriptTag(site.config.islands),
    variant: shownAtCall((name) => site.variants.value(name)),
    tag: (...tags) => site.contexts.tag(...tags),
    untracked: (work) => site.contexts.untracked(work),
    track: shownAtCall((options) => models.track(options)),
    skip: (reason) => site.contexts.skip(reason),
    close: () => lifetime.end(end),
  } satisfies StaticGenerator);
}
