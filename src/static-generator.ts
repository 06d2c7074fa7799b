import type { RequestListener } from 'node:http';
import { createAfterUnsafe } from './change/after-unsafe.js';
import { Expirer } from './change/expire.js';
import { Inspector } from './change/inspect.js';
import { type DeleteReport, Invalidator } from './change/invalidate.js';
import { reconcile } from './change/reconcile.js';
import { RouteAdvice } from './change/route-advice.js';
import {
  type DeleteOptions,
  type FindRecords,
  resolveTargets,
  splitOptions,
  type Target,
} from './change/targets.js';
import { FileWatcher } from './change/watch.js';
import { type Options, type ResolvedConfig, resolveConfig } from './config.js';
import { StaticGeneratorError } from './errors.js';
import { Exporter } from './export/export-site.js';
import { collectedFiles, collectedVersion } from './export/files/collected.js';
import { isDeclaration, type RouteOptions, Routes } from './export/routes/routes.js';
import { type ExportOptions, type ExportReport, readExportOptions } from './export/run-options.js';
import { fingerprintOf } from './front/fingerprint.js';
import type { Ledger } from './ledger/ledger.js';
import { SqliteLedger } from './ledger/sqlite/ledger.js';
import { FaultLog } from './log.js';
import { Metrics } from './metrics.js';
import { explainReason, type Reason } from './page/reasons.js';
import { compileRequestGate, hostName } from './page/request/gate.js';
import type { Selector } from './page/selector.js';
import { type PublishOptions, splitPublishOptions } from './publish/options.js';
import { Publisher, type PublishReport } from './publish/publish.js';
import { Regenerator } from './publish/regenerate.js';
import { Verifier } from './publish/verify/verify.js';
import { Warmer } from './publish/warm/warm.js';
import { createMiddleware, type Middleware } from './request/middleware.js';
import { NginxWatch } from './request/nginx-watch.js';
import { PageWriter } from './request/page-writer.js';
import { RenderContexts } from './request/render-context.js';
import { PageServer } from './request/serve.js';
import { PageStore } from './store/page-store.js';
import { locateWebRoot, prepareWebRoot } from './store/web-root.js';
import { Models } from './track/models.js';
import type { TrackOptions } from './track/track-options.js';
import type { Tracker } from './track/tracker.js';

/** The pages of one site. Every member is bound and can be taken off the object. */
export interface StaticGenerator {
  /** Captures misses, and serves hits where no nginx is in front. Mount it first. */
  readonly middleware: Middleware;
  /** Registers the app, or any request listener, that synthetic requests are sent to. Throws `ERR_NOT_ATTACHED` for what is none. */
  readonly attach: (app: RequestListener) => void;
  /**
   * Invalidates and deletes the named pages; call it after the transaction has committed. When it has resolved, no
   * request that begins afterwards gets a byte that was rendered before the call. A page that is not there is no error.
   * With `{ refresh: 'regenerate' }` among the targets, pages are rendered anew in place instead.
   * Rejects with `ERR_BAD_TARGET` or `ERR_BAD_TAG` before anything is deleted, with `ERR_DELETE_FAILED` and the file's
   * name if a file cannot be deleted.
   */
  readonly quickDelete: (...targets: readonly (Target | DeleteOptions)[]) => Promise<DeleteReport>;
  /**
   * Renders the named pages now and stores those that answer 200 and may be stored; tells which, and why not the others.
   * A glob or a tag names the stored pages that it matches. The last argument may be options: `host`, `headers`,
   * `concurrency`, `signal`, `timeoutMs`. Rejects with `ERR_NOT_ATTACHED` without `attach(app)`, with `ERR_BAD_TARGET`
   * before anything is rendered, with the signal's reason when aborted: what has been stored by then stays.
   */
  readonly quickPublish: (...targets: readonly (Target | PublishOptions)[]) => Promise<PublishReport>;
  /**
   * Declares what an export makes of a route; how requests are routed is not changed. The path is that of Express 5, or a
   * regular expression with groups. Throws `ERR_BAD_ROUTE`.
   */
  readonly route: (path: string | RegExp, options?: RouteOptions) => void;
  /**
   * Exports the site to a folder of files that any static host serves, with the app that was attached. The folder is
   * replaced as a whole when all is done. Rejects with `ERR_OPTIONS`, `ERR_BAD_ROUTE`, `ERR_NOT_ATTACHED`,
   * `ERR_EXPORT_FOREIGN`, and, with every failure, with `ERR_EXPORT_FAILED`: then the folder is as it was.
   */
  readonly exportSite: (folder: string, options?: ExportOptions) => Promise<ExportReport>;
  /** Adds tags to the page being rendered; elsewhere it does nothing. Throws `ERR_BAD_TAG`. */
  readonly tag: (...tags: readonly string[]) => void;
  /**
   * Runs a function whose database reads do not count as the page's, and returns what it returns: for what the page does
   * not show, such as the session. Tags that it gives itself count.
   */
  readonly untracked: <T>(work: () => T) => T;
  /** What the ORM adapters stand on; for an ORM that has none. Throws `ERR_OPTIONS`. */
  readonly track: (options?: TrackOptions) => Tracker;
  /** Keeps the response being rendered from being stored; the reason goes to the log. */
  readonly skip: (reason?: string) => void;
  /** Finishes the writes under way and releases the ledger. Requests then pass to the app. Idempotent. */
  readonly close: () => Promise<void>;
}

/** How often the figures of this process are added to those of all. */
const NOTE_EVERY_MS = 2_000;
/** How often is looked for deletions that a process has left when it died. */
const LEFT_BEHIND_EVERY_MS = 1_000;
/** Temporary files older than this belong to no render: longer than any takes. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** The parts of one site, as the commands need them. */
export interface Site {
  readonly config: ResolvedConfig;
  readonly ledger: Ledger;
  readonly invalidator: Invalidator;
  readonly publisher: Publisher;
  readonly regenerator: Regenerator;
  readonly warmer: Warmer;
  readonly verifier: Verifier;
  readonly contexts: RenderContexts;
  readonly middleware: Middleware;
  readonly routes: Routes;
  readonly exportSite: StaticGenerator['exportSite'];
  /**
   * Regenerates, and does not wait for it: who saves a record may hold the connection that the renders wait for. Pages
   * that cannot be rendered are deleted.
   */
  readonly regenerateBehind: (selectors: readonly Selector[]) => void;
  readonly close: () => Promise<void>;
}

/** Builds every part of a site from its options: what hands what to whom. */
export function composeSite(options: Options, { makesPages }: { readonly makesPages: boolean }): Site {
  const config = resolveConfig(options);
  const fingerprint = fingerprintOf(config);
  const { hosts, logger, maxBodyBytes, bodyMarkers, types, headers } = config;
  const webRoot = locateWebRoot(config.webRoot);
  const store = new PageStore(webRoot, {
    onNoThread: (error) =>
      logger.warn(
        { err: error },
        'no thread could be started to write pages in; for a minute they are written where requests are waited on',
      ),
  });
  const ledger = new SqliteLedger({
    file: webRoot.ledgerFile,
    version: makesPages ? versionOf(config, fingerprint) : undefined,
    prepareFolder: () => prepareWebRoot(webRoot),
    isEmpty: () => store.isEmpty(),
    onIncomplete: () => {
      if (makesPages) inBackground('inspecting the pages', inspector.inspect());
    },
    onMovedAside: (movedTo, error) =>
      logger.error(
        { movedTo, err: error },
        'the ledger was damaged; it was moved aside, and all pages are made anew',
      ),
  });
  const faults = new FaultLog(logger);
  let closing = false;
  const inBackground = (task: string, work: Promise<unknown>) => {
    work.catch((error) => {
      // What close() cuts short is begun again at the next start.
      if (!closing) faults.report(task, error, {}, `${task} failed in the background`);
    });
  };
  const metrics = new Metrics();
  const contexts = new RenderContexts();
  const inspector = new Inspector({ ledger, store, hosts, logger });
  const removeStrays = () => inspector.removeStrays();
  const invalidator = new Invalidator({ ledger, store, hosts, logger, removeStrays });
  const finishAbandoned = () =>
    inBackground('finishing an abandoned deletion', invalidator.finishAbandoned());
  const publisher = new Publisher({
    voidRenders: (selectors) => invalidator.voidRenders(selectors),
    host: hosts[0] ?? 'localhost',
    webRoot: config.webRoot,
  });
  const routes = new Routes();
  const gate = compileRequestGate({ ...config, fingerprint });
  const judge = (target: string, host: string) =>
    gate({
      method: 'GET',
      httpVersion: '1.1',
      target,
      headers: { host },
      local: true,
      localPort: undefined,
    });
  const host = hosts[0] ?? 'localhost';
  const warmer = new Warmer({
    ...{ publisher, judge, host },
    isStored: (folder, path) => ledger.find(folder, path) !== undefined,
    voidRenders: (selectors) => invalidator.voidRenders(selectors),
  });
  const rules = { types, headers };
  const verifier = new Verifier({
    ...{ publisher, ledger, store, judge, rules, bodyMarkers, maxBodyBytes, host },
  });
  const exporter = new Exporter({
    ...{ publisher, host, seeds: config.warm.urls },
    folderOfHost: (name) => (hosts.length > 1 ? hostName(name) : ''),
    cacheControl: headers.get('cache-control')?.value,
    log: { ledger, ledgerFile: webRoot.ledgerFile },
    reserved: [
      { name: 'WEB_ROOT', path: webRoot.path },
      ...(config.assets === undefined ? [] : [{ name: 'STATIC_ROOT', path: config.assets.root }]),
    ],
    declared: async () => {
      const own = routes.declared();
      return own.length > 0 ? own : (await publisher.declaredRoutes())?.filter(isDeclaration);
    },
    version: () => JSON.stringify([config.version, collectedVersion(config.assets)]),
    collected: () => collectedFiles(config.assets),
  });
  const exportSite = async (folder: string, given: ExportOptions = {}) =>
    await exporter.export(folder, readExportOptions(given, options.export));
  const regenerator = new Regenerator({ invalidator, publisher, logger });
  const regenerateBehind = (selectors: readonly Selector[]) => {
    const deleteInstead = async (error: unknown) => {
      faults.report('regenerating', error, {}, 'pages could not be rendered anew; they are deleted');
      await invalidator.invalidate(selectors);
    };
    inBackground('regenerating', regenerator.regenerate(selectors).catch(deleteInstead));
  };
  const writer = new PageWriter({
    ledger,
    store,
    types,
    maxBodyBytes,
    bodyMarkers,
    logger,
    metrics,
    onStored: finishAbandoned,
  });
  const middleware = createMiddleware({
    gate,
    server: new PageServer({ ledger, store, types, headers }),
    onUnsafe: createAfterUnsafe({ rules: config.rules, invalidator, faults }),
    nginx: new NginxWatch({ fingerprint, logger, metrics }),
    onNotice: oncePerReason((reason, fields) =>
      logger.warn({ reason, ...fields }, `not stored: ${explainReason(reason)}`),
    ),
    ...{
      ledger,
      writer,
      metrics,
      contexts,
      orders: publisher,
      rules,
      declaredRoutes: () => routes.declared(),
      maxBodyBytes,
    },
  });
  const expirer = new Expirer({
    ledger,
    store,
    logger,
    onFault: (error) => faults.report('expiry', error, {}, 'expired pages could not be removed'),
  });
  if (makesPages) expirer.start();
  const noteFigures = async () => {
    const measured = metrics.drain();
    if (measured === undefined) return;
    try {
      await ledger.note(measured);
    } catch (error) {
      // The fault that kept it from being noted is among what people want to know.
      metrics.giveBack(measured);
      throw error;
    }
  };
  const every = (milliseconds: number, task: string, work: () => Promise<unknown>) =>
    setInterval(() => inBackground(task, work()), milliseconds).unref();
  const sweep = () => store.sweep(ABANDONED_AFTER_MS);
  const timers = [
    every(NOTE_EVERY_MS, 'noting figures', noteFigures),
    every(ABANDONED_AFTER_MS, 'sweeping temporary files', sweep),
  ];
  if (makesPages)
    timers.push(every(LEFT_BEHIND_EVERY_MS, 'finishing a deletion', () => invalidator.finishLeftBehind()));
  if (makesPages) inBackground('taking over', invalidator.takeOver());
  // In this order: a row is what tells that a page is gone whose codings are not.
  const inspectAndReconcile = async () => {
    await inspector.inspect();
    await reconcile({ ledger, store, logger });
  };
  if (makesPages) inBackground('inspecting the pages', inspectAndReconcile());
  inBackground('sweeping temporary files', sweep());
  const close = async () => {
    closing = true;
    for (const timer of timers) clearInterval(timer);
    await Promise.all([writer.close(), expirer.stop()]);
    await noteFigures().catch((error) =>
      faults.report('noting figures', error, {}, 'the last figures were lost'),
    );
    await Promise.all([ledger.close(), store.close()]);
  };
  return {
    ...{ config, ledger, invalidator, publisher, regenerator, warmer, verifier },
    ...{ contexts, middleware, routes, exportSite },
    ...{ regenerateBehind, close },
  };
}

/**
 * Keeps the pages of a site as files. Throws `ERR_OPTIONS` with every problem of the options, `ERR_WEB_ROOT_FOREIGN`,
 * `ERR_WEB_ROOT_UNUSABLE`, `ERR_LEDGER_VERSION` or `ERR_LEDGER_UNUSABLE`.
 */
export function staticGenerator(options: Options): StaticGenerator {
  const site = composeSite(options, { makesPages: true });
  let closed: Promise<void> | undefined;
  const assertOpen = () => {
    if (closed !== undefined) throw new StaticGeneratorError('ERR_CLOSED', 'close() has been called');
  };
  const { hosts, logger, refresh: defaultRefresh } = site.config;
  const advice = new RouteAdvice(logger);
  const resolve = async (targets: readonly unknown[], recordsOf?: FindRecords) => {
    const selectors = await resolveTargets(targets, hosts, recordsOf);
    advice.tell(selectors);
    return selectors;
  };
  const models = new Models({
    reads: site.contexts,
    resolve: (targets) => resolve(targets),
    invalidate: async (selectors) => {
      assertOpen();
      if (defaultRefresh === 'delete') await site.invalidator.invalidate(selectors);
      else site.regenerateBehind(selectors);
    },
    isClosed: () => closed !== undefined,
    logger,
  });
  const watcher = new FileWatcher({
    watched: site.config.watch,
    invalidate: async (targets) => {
      const selectors = await resolve(targets, models.recordsOf);
      if (defaultRefresh === 'delete') return (await site.invalidator.invalidate(selectors)).deleted;
      const { deleted, regenerated } = await site.regenerator.regenerate(selectors);
      return [...deleted, ...regenerated];
    },
    onReport: ({ files, deleted }) => logger.info({ files, pages: deleted }, 'watched files changed'),
    ...{ logger, keepsAlive: false },
  });
  if (site.config.watch.length > 0)
    void watcher.start().then(() => logger.debug({}, 'watched files are being watched'));
  return Object.freeze({
    middleware: (request, response, next) =>
      closed === undefined ? site.middleware(request, response, next) : next(),
    attach: (app) => site.publisher.attach(app),
    quickDelete: async (...given) => {
      assertOpen();
      const { targets, refresh = defaultRefresh } = splitOptions(given);
      const selectors = await resolve(targets, models.recordsOf);
      return refresh === 'delete'
        ? await site.invalidator.invalidate(selectors)
        : await site.regenerator.regenerate(selectors);
    },
    quickPublish: async (...given) => {
      assertOpen();
      const { targets, options } = splitPublishOptions(given);
      return await site.publisher.publish(await resolve(targets, models.recordsOf), options);
    },
    exportSite: async (folder, given) => {
      assertOpen();
      return await site.exportSite(folder, given);
    },
    route: (path, options) => site.routes.declare(path, options),
    tag: (...tags) => site.contexts.tag(...tags),
    untracked: (work) => site.contexts.untracked(work),
    track: (options) => models.track(options),
    skip: (reason) => site.contexts.skip(reason),
    close: () => {
      models.close();
      closed ??= watcher.stop().then(() => site.close());
      return closed;
    },
  } satisfies StaticGenerator);
}

/** What stored pages depend on, but for their data. The page rules of two releases of this package differ too. */
function versionOf({ version, rules, bodyMarkers }: ResolvedConfig, fingerprint: string): string {
  return JSON.stringify({ version, rules: rules.sources, bodyMarkers, fingerprint });
}

/** What an administrator should know once, and not with every request. */
function oncePerReason(
  tell: (reason: Reason, fields: object) => void,
): (reason: Reason, fields: object) => void {
  const told = new Set<Reason>();
  return (reason, fields) => {
    if (told.has(reason)) return;
    told.add(reason);
    tell(reason, fields);
  };
}
