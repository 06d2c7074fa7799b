import type { IncomingMessage, ServerResponse } from 'node:http';
import { atCaller } from '../errors.js';
import { createLogger, type Logger, silentLogger } from '../log.js';
import { OptionReader } from '../option-reader.js';
import type { CollectReport } from './collect/collect.js';
import type { CollectOptions } from './collect/collection.js';
import { Collected } from './collected.js';
import { AssetFinder, type SourceAsset } from './finder.js';
import { type AssetOptions, type ResolvedAssetOptions, readAssetOptions } from './options.js';
import { AssetResponder, exactValidators, nginxValidators } from './serve/answer/respond.js';
import { DevelopmentFiles } from './serve/development.js';
import { AssetServer, type Next } from './serve/server.js';
import { StaticRoot } from './serve/static-root.js';
import { type AssetUrl, assetTag, createAssetUrl } from './url.js';

export type { CollectReport } from './collect/collect.js';
export type { CollectOptions } from './collect/collection.js';
export type { MissingAsset } from './collect/missing.js';
export type { SourceAsset } from './finder.js';
export type { CollectedAsset } from './manifest.js';
export type {
  AssetFolder,
  AssetMode,
  AssetOptions,
  AssetPackage,
  AssetRewrites,
  MissingReference,
} from './options.js';
export type { AllowOrigin, AssetHeaders, ServeOptions } from './serve/options.js';
export { type AssetUrl, assetTag } from './url.js';

/** What the assets of a site get in addition to their options. */
export interface AssetParts {
  /** The pages of the site: each page that calls `assetUrl` while it is rendered is tagged with the asset. */
  readonly pages?: { readonly tag: (...tags: readonly string[]) => void };
  /** A logger with pino's methods, or `false` for silence. Default: pino on standard error at level `info`. */
  readonly logger?: Logger | false;
}

/** Passes on what is not an asset. For Express, and for anything else that takes `(request, response, next)`. */
export type AssetMiddleware = (request: IncomingMessage, response: ServerResponse, next: Next) => void;

/** The static files of one site. Every member is bound and can be taken off the object. */
export interface Assets {
  /** Serves the assets, and gives templates `assetUrl` in `res.locals`. */
  readonly middleware: AssetMiddleware;
  /**
   * Returns the URL of an asset: of its plain name in development, of the digested name in production. Throws
   * `ERR_ASSET_UNKNOWN` with the nearest names.
   */
  readonly assetUrl: AssetUrl;
  /** Returns every file of that name; the one that is served comes first. */
  readonly find: (name: string) => readonly SourceAsset[];
  /** Fills STATIC_ROOT, as the command does, but invalidates no pages. Rejects with the errors of `collectAssets`. */
  readonly collect: (options?: CollectOptions) => Promise<CollectReport>;
  /**
   * Looks for files in STATIC_ROOT again, in production. `assetUrl` notices a new
   * collect without it. Throws `ERR_ASSET_MANIFEST`.
   */
  readonly reload: () => void;
}

/**
 * Finds and serves the static files of a site, and gives their URLs. Throws `ERR_OPTIONS`; in production also
 * `ERR_ASSETS_NOT_COLLECTED`, if `staticgenerator collect` has not run.
 */
export function assets(options: AssetOptions & AssetParts): Assets {
  return atCaller(assets, () => makeAssets(options));
}

function makeAssets(given: AssetOptions & AssetParts): Assets {
  const { pages, logger: givenLogger, ...options } = given;
  const resolved = resolveAssetOptions(options, givenLogger);
  const logger = givenLogger === false ? silentLogger : (givenLogger ?? createLogger());
  const finder = new AssetFinder(resolved);
  const collected = resolved.mode === 'production' ? new Collected(resolved.root) : undefined;
  const server = composeServer(resolved, { finder, logger, collected });
  const assetUrl = createAssetUrl({
    options: resolved,
    finder,
    manifest: () => {
      if (collected?.refresh()) server.reload();
      return collected?.manifest;
    },
    noteUse: (logicalPath) => pages?.tag(assetTag(logicalPath)),
  });
  return Object.freeze({
    middleware: (request: IncomingMessage, response: ServerResponse, next: Next) => {
      offerToTemplates(response, assetUrl);
      server.middleware(request, response, next);
    },
    assetUrl,
    find: (name: string) => finder.findAll(name),
    collect: async (options: CollectOptions = {}) => {
      // A site that only serves does not need the code that reads stylesheets and scripts.
      const { collectAssets } = await import('./collect/collect.js');
      return await collectAssets({ options: resolved, finder, logger }, options);
    },
    reload: () => {
      collected?.refresh();
      server.reload();
    },
  });
}

/** In development, each request looks for its file; in production, all of STATIC_ROOT is known from the start. */
function composeServer(
  options: ResolvedAssetOptions,
  { finder, logger, collected }: { finder: AssetFinder; logger: Logger; collected: Collected | undefined },
) {
  const { root, urlPath, serve } = options;
  const parts = { urlPath, options: serve, logger };
  if (options.mode === 'development') {
    const source = new DevelopmentFiles({ ...parts, find: (path) => finder.find(path) });
    const responder = new AssetResponder({ validatorsOf: exactValidators, followsLinks: true });
    return {
      middleware: new AssetServer({ ...parts, source, responder }).middleware,
      reload: () => undefined,
    };
  }
  const otherNames = () => {
    const manifest = collected?.manifest.assets.values() ?? [];
    return [...manifest].map(({ logicalPath, digestedPath }) => [logicalPath, digestedPath] as const);
  };
  const source = new StaticRoot({ ...parts, root, otherNames });
  const responder = new AssetResponder({ validatorsOf: nginxValidators, followsLinks: serve.symlinks });
  return {
    middleware: new AssetServer({ ...parts, source, responder }).middleware,
    reload: () => source.reload(),
  };
}

function resolveAssetOptions(options: AssetOptions, logger: unknown): ResolvedAssetOptions {
  const read = new OptionReader(options);
  const resolved = readAssetOptions(read);
  new OptionReader({ logger }).logger('logger');
  read.throwProblems();
  return resolved;
}

/** Offers `assetUrl` to templates in Express's `locals`; other frameworks have no such object. */
function offerToTemplates(response: ServerResponse, assetUrl: AssetUrl): void {
  const locals: unknown = Reflect.get(response, 'locals');
  if (typeof locals === 'object' && locals !== null) Reflect.set(locals, 'assetUrl', assetUrl);
}
