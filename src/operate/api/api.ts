import type { IncomingMessage, ServerResponse } from 'node:http';
import { StaticGeneratorError } from '../../errors.js';
import type { FaultLog } from '../../log.js';
import { OptionReader } from '../../option-reader.js';
import { type Authorize, type Authorizer, readAuthorize } from './authorize.js';
import { BODY_LIMITS, type BodyLimits, readJson } from './body.js';
import { problemOf, Refused } from './problem.js';
import { purgePages } from './purge.js';
import { sendDocument, sendMethods, sendProblem } from './respond.js';
import { makeRoutes, type Route, type RouteParts, reportDocument } from './routes.js';

export interface ApiOptions {
  /** Who may use the API: `{ token }`, or a function of the request. There is no default. */
  readonly authorize: Authorize;
}

/** Answers programs that run the site. Mount it at a path of its own, or pass it to `http.createServer()`. */
export interface Api {
  (request: IncomingMessage, response: ServerResponse): void;
  /** Answers PURGE requests for the site's own URLs, and passes all others on. Mount it where the site is. */
  readonly purge: (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
}

export interface ApiParts extends RouteParts {
  readonly faults: FaultLog;
  readonly isClosed: () => boolean;
  /** Called for each request that the API answers: whatever its method, the request itself changes no page. */
  readonly claim: (request: IncomingMessage) => void;
  readonly limits?: BodyLimits;
}

/** Creates the API. Throws `ERR_OPTIONS` without `authorize`, so that no API is open to everyone by mistake. */
export function createApi(parts: ApiParts, options: ApiOptions): Api {
  const read = new OptionReader(options);
  read.refuseUnknown(['authorize']);
  const authorize = readAuthorize(read, parts.faults);
  read.throwProblems();
  const answering = new Answering(parts, authorize);
  const api = (request: IncomingMessage, response: ServerResponse) =>
    void answering.answer(request, response);
  const purge: Api['purge'] = (request, response, next) =>
    request.method === 'PURGE' ? api(request, response) : next();
  return Object.freeze(Object.assign(api, { purge }));
}

class Answering {
  readonly #parts: ApiParts;
  readonly #authorize: Authorizer;
  readonly #routes: readonly Route[];

  constructor(parts: ApiParts, authorize: Authorizer) {
    this.#parts = parts;
    this.#authorize = authorize;
    this.#routes = makeRoutes(parts);
  }

  /** Answers a request. A client that may not use the API learns nothing of it, not even its paths. Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      this.#parts.claim(request);
      await this.#authorize(request);
      if (request.method === 'PURGE') return await this.#purge(request, response);
      const { path, query } = targetOf(request);
      const routes = this.#routes.filter((route) => route.path === path);
      if (routes.length === 0) throw new Refused('ERR_API_NOT_FOUND', 'The API has no such path.');
      const methods = methodsOf(routes);
      if (request.method === 'OPTIONS') return sendMethods(response, methods);
      const route = routes.find(
        ({ method }) => method === (request.method === 'HEAD' ? 'GET' : request.method),
      );
      if (route === undefined) throw wrongMethod(request, methods);
      await sendDocument(response, await this.#run(route, query, { request, response }));
    } catch (error) {
      this.#fail(request, response, error);
    }
  }

  async #purge(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#parts.isClosed()) throw closed();
    await sendDocument(response, reportDocument(await purgePages(this.#parts.pages, request)));
  }

  async #run(
    route: Route,
    query: URLSearchParams,
    { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  ): Promise<object> {
    const { limits = BODY_LIMITS } = this.#parts;
    const leaving = new AbortController();
    response.once('close', () => leaving.abort());
    const body = route.method === 'POST' ? await readJson(request, limits) : undefined;
    if (this.#parts.isClosed()) throw closed();
    return await route.answer({ query, body, signal: leaving.signal });
  }

  #fail(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
    const { faults, isClosed } = this.#parts;
    // The client has left, and the work was aborted because of that.
    if (response.closed && thrown instanceof Error && thrown.name === 'AbortError') return;
    const isOurs = thrown instanceof Refused || thrown instanceof StaticGeneratorError;
    // After `close()`, the current work may fail in other ways.
    const error = isClosed() && !isOurs ? closed() : thrown;
    const problem = problemOf(error);
    if (problem.status === 500)
      faults.report('api', error, { path: request.url }, 'a request to the API failed');
    sendProblem(request, response, { problem, headers: error instanceof Refused ? error.headers : {} });
  }
}

/** Returns the path below the mount, and the query. The target may be in absolute form. */
function targetOf({ url = '/' }: IncomingMessage): {
  readonly path: string;
  readonly query: URLSearchParams;
} {
  const target = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const queryStart = target.indexOf('?');
  const path = queryStart === -1 ? target : target.slice(0, queryStart);
  return { path, query: new URLSearchParams(queryStart === -1 ? '' : target.slice(queryStart)) };
}

function methodsOf(routes: readonly Route[]): readonly string[] {
  return [...routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'];
}

function wrongMethod({ method = '' }: IncomingMessage, methods: readonly string[]): Refused {
  const allow = methods.join(', ');
  return new Refused('ERR_API_METHOD', `Expected one of ${allow}, got ${method}`, { headers: { allow } });
}

function closed(): StaticGeneratorError {
  return new StaticGeneratorError('ERR_CLOSED', 'close() has been called');
}
