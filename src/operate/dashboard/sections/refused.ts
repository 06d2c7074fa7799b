import { explainReason } from '../../../page/reasons.js';
import { type Remedy, remedyOf } from '../../../page/remedies.js';
import { type Content, type Html, html } from '../html/html.js';
import type { RefusalGroup, ShownRefusal } from '../refusals.js';
import type { Snapshot } from '../snapshot.js';
import { count, pathLink, section, table, time, withCode } from './parts.js';

/** Shows what does not become a page, why, and how to fix it. */
export function refusedSection({ refusals, bypasses }: Snapshot): Html {
  return section(
    'refused',
    'Not stored',
    html`${refusals.length === 0 ? html`<p>Every response that may be a page was stored.</p>` : refusals.map(group)}
${
  bypasses.length > 0 &&
  table(
    'Requests that bypassed the pages',
    [
      { title: 'Reason', cell: ({ reason }) => html`<code>${reason}</code>` },
      { title: 'Requests', isNumber: true, cell: (one) => count(one.count) },
      { title: 'Why', cell: ({ reason }) => withCode(explainReason(reason)) },
      { title: 'What to do', cell: ({ reason }) => mend(remedyOf(reason)) },
    ],
    bypasses,
  )
}`,
  );
}

function group({ reason, explanation, pages, examples }: RefusalGroup): Html {
  return html`<article class="refusal">
<h3><code>${reason}</code> <span>${count(pages)} ${pages === 1 ? 'page' : 'pages'}</span></h3>
<p>${withCode(explanation)}</p>
<ul>${examples.map(example)}</ul>
</article>`;
}

function example(refused: ShownRefusal): Html {
  const { detail, at, remedy } = refused;
  return html`<li>${pathLink(refused)} ${detail !== undefined && html`<span class="detail">${detail}</span>`} ${time(at)}
${mend(remedy)}</li>\n`;
}

function mend(remedy: Remedy | undefined): Content {
  if (remedy === undefined) return undefined;
  const { text, line } = remedy;
  return html`<span class="remedy">${withCode(text)}</span>${line !== undefined && html` <code class="mend">${line}</code>`}`;
}
