import type { IncomingMessage, ServerResponse } from 'node:http';
import { act, preview } from './actions/actions.js';
import { Jobs } from './actions/jobs.js';
import { readAction } from './actions/named.js';
import { readOwnForm } from './actions/own-form.js';
import { FormTokens } from './actions/tokens.js';
import { sendHtml } from './answer.js';
import { Listeners } from './live/listeners.js';
import { dashboardPage, liveSections } from './page.js';
import type { DashboardParts } from './parts.js';
import { takeSnapshot } from './snapshot.js';

/** A request that is authorized. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly answer: (call: Call) => Promise<void> | void;
}

/** Returns every route of the dashboard, by the name below its mount. */
export function makeRoutes(parts: DashboardParts): ReadonlyMap<string, Route> {
  const jobs = new Jobs();
  const tokens = new FormTokens(() => parts.ledger.overview.secret('dashboard'));
  const listeners = listenersOf(parts, jobs);
  return new Map<string, Route>([
    [
      '',
      {
        method: 'GET',
        answer: async ({ response, ...asked }) =>
          sendHtml(response, await dashboardPage(parts, jobs.jobs, asked)),
      },
    ],
    [
      'preview',
      {
        method: 'GET',
        answer: async ({ request, response, query, signal }) => {
          const action = readAction(query);
          const token = await tokens.make(request);
          sendHtml(response, await preview(parts, action, { token, signal }));
        },
      },
    ],
    [
      'act',
      {
        method: 'POST',
        answer: async ({ request, response }) => {
          const action = readAction(await readOwnForm(request, tokens));
          sendHtml(response, await act(parts, action, jobs));
        },
      },
    ],
    ['events', { method: 'GET', answer: ({ response, query }) => listeners.join(response, query) }],
  ]);
}

function listenersOf(parts: DashboardParts, jobs: Jobs): Listeners {
  const { closing, faults, noteFigures } = parts;
  return new Listeners({
    look: async (queries) => {
      await noteFigures();
      const snapshot = await takeSnapshot(parts);
      return queries.map((query) => liveSections(snapshot, jobs.jobs, query));
    },
    onFault: (error) => faults.report('dashboard', error, {}, 'live figures could not be read'),
    closing,
  });
}
