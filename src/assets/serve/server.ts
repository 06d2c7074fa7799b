import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemErrorCode } from '../../errors.js';
import { FaultLog, type Logger } from '../../log.js';
import type { AssetResponder } from './answer/respond.js';
import type { ResolvedServeOptions } from './options.js';
import { type AssetTarget, assetTargetOf } from './path.js';
import type { AssetSource, FoundAsset } from './source.js';

/** What {@link AssetServer} needs. */
export interface AssetServerParts {
  readonly source: AssetSource;
  /** The path of the assets' URL, with a slash at both ends. */
  readonly urlPath: string;
  readonly options: ResolvedServeOptions;
  /** Sends the answers, and decides which validators they have. */
  readonly responder: AssetResponder;
  readonly logger: Logger;
}

/** Continues with the next middleware; with an error, with the app's error handler. */
export type Next = (error?: unknown) => void;

type Found =
  | { readonly asset: FoundAsset }
  /** The address of the folder whose index was requested in another way. */
  | { readonly redirect: string };

/** The process or the machine has run out of descriptors. */
const exhausted: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE']);
const RETRY_AFTER_SECONDS = '1';

/**
 * Answers requests for assets, and for files at the root of the site. It leaves names that it does not know to the
 * middleware after it. Caches must not keep a 404 for such a request, because the next release may know the name.
 */
export class AssetServer {
  readonly #parts: AssetServerParts;
  readonly #rootFiles: ReadonlySet<string>;
  readonly #faults: FaultLog;

  constructor(parts: AssetServerParts) {
    this.#parts = parts;
    this.#rootFiles = new Set(parts.options.rootFiles);
    this.#faults = new FaultLog(parts.logger);
  }

  /** Mount it without a path, before the app's routes. */
  readonly middleware = (request: IncomingMessage, response: ServerResponse, next: Next): void => {
    const target = originalTarget(request);
    // A preflight goes to the app, which knows who may do what.
    if (request.method === 'OPTIONS' || !this.#isOurs(target)) next();
    else this.#answer(target, request, response, next);
  };

  #answer(target: string, request: IncomingMessage, response: ServerResponse, next: Next): void {
    this.#serve(target, request, response).then(
      (served) => {
        if (served) return;
        keepNotFoundFresh(response);
        next();
      },
      (error: unknown) => this.#fail(error, response, next),
    );
  }

  #isOurs(target: string): boolean {
    return target.startsWith(this.#parts.urlPath) || this.#rootFileOf(target) !== undefined;
  }

  /** Returns the path of the asset that a target at the root of the site names. */
  #rootFileOf(target: string): string | undefined {
    const path = target.replace(/\?.*$/s, '').slice(1);
    return this.#rootFiles.has(path) ? path : undefined;
  }

  async #serve(target: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const found = await this.#find(target);
    if (found === undefined) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') refuseMethod(response);
    else if ('redirect' in found) this.#redirect(found.redirect, response);
    else return await this.#parts.responder.respond(found.asset, request, response);
    return true;
  }

  async #find(target: string): Promise<Found | undefined> {
    const rootFile = this.#rootFileOf(target);
    if (rootFile !== undefined) return foundAsset(await this.#parts.source.find(rootFile));
    const asked = assetTargetOf(target, this.#parts.urlPath);
    if (asked === undefined) return undefined;
    const { index } = this.#parts.options;
    return index === undefined
      ? foundAsset(await this.#parts.source.find(asked.path))
      : await this.#findWithIndex(asked, index);
  }

  /** A folder has one address, which ends with a slash; other addresses redirect to it. */
  async #findWithIndex({ path, query }: AssetTarget, index: string): Promise<Found | undefined> {
    const { source, urlPath } = this.#parts;
    const isFolder = path === '' || path.endsWith('/');
    const asset = await source.find(isFolder ? `${path}${index}` : path);
    const addressOf = (folder: string) => ({ redirect: `${urlPath}${encodePath(folder)}${query}` });
    if (asset !== undefined) {
      const isIndex = !isFolder && (path === index || path.endsWith(`/${index}`));
      return isIndex ? addressOf(path.slice(0, -index.length)) : { asset };
    }
    if (isFolder || (await source.find(`${path}/${index}`)) === undefined) return undefined;
    return addressOf(`${path}/`);
  }

  #redirect(location: string, response: ServerResponse): void {
    response.writeHead(302, {
      Location: location,
      'Cache-Control': `public, max-age=${this.#parts.options.maxAgeSeconds}`,
      'Content-Length': 0,
    });
    response.end();
  }

  #fail(error: unknown, response: ServerResponse, next: Next): void {
    if (response.headersSent) {
      response.destroy();
      this.#faults.report('assets', error, {}, 'an asset could not be sent');
    } else if (exhausted.has(systemErrorCode(error))) {
      this.#faults.report('assets', error, {}, 'an asset could not be opened');
      refuseForNow(response);
    } else next(error);
  }
}

function foundAsset(asset: FoundAsset | undefined): Found | undefined {
  return asset === undefined ? undefined : { asset };
}

/** Returns the target as the server got it, wherever the middleware is mounted. */
function originalTarget(request: IncomingMessage & { readonly originalUrl?: unknown }): string {
  return typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '');
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function refuseMethod(response: ServerResponse): void {
  response.writeHead(405, { Allow: 'GET, HEAD', 'Content-Length': 0 }).end();
}

function refuseForNow(response: ServerResponse): void {
  const headers = { 'Retry-After': RETRY_AFTER_SECONDS, 'Cache-Control': 'no-store', 'Content-Length': 0 };
  response.writeHead(503, headers).end();
}

const NOT_FOUND: ReadonlySet<unknown> = new Set([404, 410]);

/** While a release is rolled out, another host may know a name that is unknown here. A cached 404 would hide it. */
function keepNotFoundFresh(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse;
  response.writeHead = (...given: unknown[]) => {
    if (NOT_FOUND.has(given[0])) response.setHeader('Cache-Control', 'no-store');
    return writeHead(...given);
  };
}
