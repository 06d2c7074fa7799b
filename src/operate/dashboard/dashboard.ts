import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { StaticGeneratorError } from '../../errors.js';
import { OptionReader } from '../../option-reader.js';
import { type Authorize, type Authorizer, basicOrBearer, readAuthorize } from '../api/authorize.js';
import { type Problem, problemOf, Refused } from '../api/problem.js';
import { sendBytes, setHead } from './answer.js';
import { assets } from './assets/assets.js';
import type { DashboardParts } from './parts.js';
import { NotDone, sendProblemPage } from './problem-page.js';
import type { Call, Route } from './routes.js';
import { targetOf } from './target.js';

export interface DashboardOptions {
  /**
   * Who may see the dashboard and delete pages there: `{ token }`, or a function of the request. There is no default. A
   * browser asks for the token as a password; the user name can be anything.
   */
  readonly authorize: Authorize;
}

/** Answers requests for the dashboard. Mount it at a path of its own. */
export type Dashboard = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Creates the dashboard. Throws `ERR_OPTIONS` without `authorize`: anyone who can see the dashboard can empty the site.
 */
export function createDashboard(parts: DashboardParts, options: DashboardOptions): Dashboard {
  const read = new OptionReader(options);
  read.refuseUnknown(['authorize']);
  const authorize = readAuthorize(read, parts.faults, basicOrBearer);
  read.throwProblems();
  const answering = new Answering(parts, authorize);
  return Object.freeze(
    (request: IncomingMessage, response: ServerResponse) => void answering.answer({ request, response }),
  );
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

class Answering {
  readonly #parts: DashboardParts;
  readonly #authorize: Authorizer;
  #routes: Promise<ReadonlyMap<string, Route>> | undefined;

  constructor(parts: DashboardParts, authorize: Authorizer) {
    this.#parts = parts;
    this.#authorize = authorize;
  }

  /** Answers a request. A client that may not use the dashboard learns nothing of it. Never rejects. */
  async answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const leaving = new AbortController();
    response.once('close', () => leaving.abort());
    try {
      this.#parts.claim(request);
      const target = targetOf(request);
      const asset = assets.get(target.name);
      if (asset === undefined) await this.#authorize(request);
      if (this.#parts.closing.aborted)
        throw new StaticGeneratorError('ERR_CLOSED', 'close() has been called');
      if (asset !== undefined) sendBytes(response, asset.body, { headers: { 'content-type': asset.type } });
      else if (target.redirect !== undefined) redirect(response, target.redirect);
      else await this.#run({ ...exchange, query: target.query, signal: leaving.signal }, target.name);
    } catch (error) {
      this.#fail(exchange, error);
    }
  }

  async #run(call: Call, name: string): Promise<void> {
    const route = (await this.#load()).get(name);
    if (route === undefined) throw notFound();
    const method = call.request.method === 'HEAD' ? 'GET' : call.request.method;
    if (method !== route.method) throw wrongMethod(route.method === 'GET' ? 'GET, HEAD' : 'POST');
    await route.answer(call);
  }

  /** Loads the routes on the first request. */
  #load(): Promise<ReadonlyMap<string, Route>> {
    this.#routes ??= import('./routes.js').then(({ makeRoutes }) => makeRoutes(this.#parts));
    return this.#routes;
  }

  #fail({ request, response }: Exchange, error: unknown): void {
    // The client has left, and the work was aborted because of that.
    if (response.closed && error instanceof Error && error.name === 'AbortError') return;
    const problem = tellingOf(error);
    if (problem.status === 500)
      this.#parts.faults.report(
        'dashboard',
        error,
        { path: request.url },
        'a request to the dashboard failed',
      );
    sendProblemPage(response, problem, error);
  }
}

function redirect(response: ServerResponse, location: string): void {
  setHead(response, { status: 307, headers: { location } });
  response.end();
}

function notFound(): NotDone {
  return new NotDone(404, 'The dashboard has no such page.', { remedy: 'Start at its first page.' });
}

function wrongMethod(allow: string): NotDone {
  const remedy = 'Use the forms of the dashboard, or the HTTP API.';
  return new NotDone(405, `Expected one of ${allow}.`, { remedy, headers: { allow } });
}

/** Returns the problem to show. It has a code only if the documentation lists that code. */
function tellingOf(error: unknown): Omit<Problem, 'type' | 'code'> & { readonly code?: string } {
  if (error instanceof NotDone) {
    const { status, message, remedy } = error;
    return { title: STATUS_CODES[status] ?? 'Error', status, detail: message, remedy };
  }
  const problem = problemOf(error);
  const { title, status } = problem;
  if (!(error instanceof Refused) || (status !== 401 && status !== 403)) return problem;
  const remedy =
    status === 401
      ? 'Enter the token as the password; the user name can be anything.'
      : 'Sign in as somebody for whom `authorize` returns true.';
  return { title, status, detail: 'You may not use this dashboard.', remedy };
}
