import { messageOf } from '../../../errors.js';
import type { Job } from '../actions/jobs.js';
import { type Html, html } from '../html/html.js';
import { section, table, time } from './parts.js';

/** Shows the form for actions, and the actions of this process with their results. */
export function jobsSection(jobs: readonly Job[]): Html {
  return section(
    'jobs',
    'Actions',
    html`<form class="actions" method="get" action="preview" aria-label="Name pages">
<label>Paths or globs <input name="target" autocomplete="off" placeholder="/posts/**"></label>
<label>Tag <input name="tag" autocomplete="off"></label>
<button name="do" value="delete">Delete…</button>
<button name="do" value="regenerate">Regenerate…</button>
<button name="do" value="warm">Warm…</button>
<a href="preview?do=delete&amp;all=1">Delete all pages…</a>
</form>
${
  jobs.length > 0 &&
  table<Job>(
    'Done by this process',
    [
      { title: 'What', cell: ({ title }) => html`<span class="path">${title}</span>` },
      { title: 'Begun', cell: ({ startedAt }) => time(startedAt) },
      { title: 'State', cell: stateOf },
    ],
    jobs,
  )
}`,
  );
}

function stateOf({ state, progress, outcome, error }: Job): string {
  if (state === 'failed') return `failed: ${messageOf(error)}`;
  return outcome?.text ?? `under way${progress === undefined ? '' : `: ${progress}`}`;
}
