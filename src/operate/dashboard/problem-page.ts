import type { ServerResponse } from 'node:http';
import { type Problem, Refused } from '../api/problem.js';
import { sendHtml } from './answer.js';
import { type Html, html } from './html/html.js';
import { layout } from './html/layout.js';

/** The error of a request that the dashboard refuses. */
export class NotDone extends Error {
  readonly status: number;
  readonly remedy: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    {
      remedy,
      headers = {},
    }: { readonly remedy: string; readonly headers?: Readonly<Record<string, string>> },
  ) {
    super(message);
    this.status = status;
    this.remedy = remedy;
    this.headers = headers;
  }
}

type Told = Pick<Problem, 'title' | 'status' | 'detail' | 'remedy'> & { readonly code?: string };

/** Sends a page that shows what is wrong. */
export function sendProblemPage(response: ServerResponse, problem: Told, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const headers = error instanceof Refused || error instanceof NotDone ? error.headers : {};
  sendHtml(response, problemPage(problem), { status: problem.status, headers });
}

function problemPage({ title, status, detail, remedy, code }: Told): Html {
  return layout(
    title,
    html`<main id="main" tabindex="-1">
<section aria-labelledby="problem-heading">
<h1 id="problem-heading">${status} ${title}</h1>
<p>${detail}</p>
<p>${remedy}</p>
${code !== undefined && html`<p><code>${code}</code></p>`}
<p><a href="./">Back to the pages</a></p>
</section>
</main>`,
  );
}
