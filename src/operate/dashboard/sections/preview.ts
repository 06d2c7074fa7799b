import type { Job } from '../actions/jobs.js';
import type { NamedAction } from '../actions/named.js';
import type { Counted } from '../browse.js';
import { type Content, type Html, html } from '../html/html.js';
import { layout } from '../html/layout.js';
import { count, readable } from './parts.js';

export interface Preview {
  readonly action: NamedAction;
  readonly matching: Counted;
  /** Paths that no page can have. */
  readonly notPages: readonly string[];
  /** The paths where a warming starts. */
  readonly seeds: readonly string[];
  readonly token: string;
  /** How many pages the site has. */
  readonly all: number;
}

/** With at least this many pages, an action on half of the site or more shows a warning. */
const MANY = 10;

/** Returns a page that shows what an action would do, with the button that does it. */
export function previewPage(given: Preview): Html {
  const { action, token, notPages } = given;
  const title = titleOf(given);
  return narrow(
    title,
    html`${contentOf(given)}
${notPages.length > 0 && html`<p>No page can have these paths: ${notPages.map(readable).join(', ')}</p>`}
<form method="post" action="act" class="actions">
${action.fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<input type="hidden" name="token" value="${token}">
<button class="${action.verb === 'delete' && 'danger'}">${buttonOf(given)}</button>
<a href="./#stored">Cancel</a>
</form>`,
  );
}

function titleOf({ action: { verb }, matching: { pages } }: Preview): string {
  if (verb === 'warm') return 'Warm pages?';
  return `${verb === 'delete' ? 'Delete' : 'Regenerate'} ${pagesText(pages)}?`;
}

function buttonOf({ action: { verb }, matching: { pages } }: Preview): string {
  if (verb === 'warm') return 'Warm';
  return `${verb === 'delete' ? 'Delete' : 'Regenerate'} ${pagesText(pages)}`;
}

function contentOf({ action: { verb }, matching, all, seeds }: Preview): Content {
  const { pages, first } = matching;
  if (verb === 'warm')
    return html`<p>Renders the pages that are not stored yet, from these paths and along their links:</p>${list(seeds, seeds.length)}
<p>${pagesText(all)} that are already stored stay as they are.</p>`;
  if (pages === 0)
    return html`<p>No stored page matches. Matching pages that are being rendered now will not be stored.</p>`;
  const isMost = pages >= MANY && pages * 2 >= all;
  return html`${isMost && html`<p class="alarm"><strong>That is ${count(pages)} of ${count(all)} pages.</strong></p>`}
${list(first, pages)}`;
}

function list(names: readonly string[], all: number): Html {
  return html`<ul class="first">${names.map((name) => html`<li>${readable(name)}</li>`)}</ul>
${all > names.length && html`<p>and ${count(all - names.length)} more</p>`}`;
}

/** Returns a page that shows what was done, or that the action continues. */
export function resultPage({ title, state, outcome }: Job): Html {
  if (state === 'running' || outcome === undefined)
    return narrow(
      title,
      html`<p role="status">It continues in the background. The <a href="./#jobs">dashboard</a> shows when it is done.</p>`,
    );
  const { text, first } = outcome;
  return narrow(
    title,
    html`<p role="status"><strong>${text}.</strong></p>${first.length > 0 && list(first, first.length)}
<p><a href="./#stored">Back to the pages</a></p>`,
  );
}

function narrow(title: string, content: Content): Html {
  return layout(
    title,
    html`<main id="main" tabindex="-1"><section aria-labelledby="heading"><h1 id="heading">${title}</h1>
${content}</section></main>`,
  );
}

function pagesText(pages: number): string {
  return `${count(pages)} ${pages === 1 ? 'page' : 'pages'}`;
}
