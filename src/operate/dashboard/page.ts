import type { Job } from './actions/jobs.js';
import { browse } from './browse.js';
import { compileFilter, isEmpty, readFilter, readPosition } from './filter.js';
import { type Html, html } from './html/html.js';
import { layout } from './html/layout.js';
import type { DashboardParts } from './parts.js';
import { deletionsSection } from './sections/deletions.js';
import { figuresSection, isPeriod } from './sections/figures.js';
import { healthSection } from './sections/health.js';
import { jobsSection } from './sections/jobs.js';
import { refusedSection } from './sections/refused.js';
import { rendersSection } from './sections/renders.js';
import { storedSection } from './sections/stored.js';
import { type Snapshot, takeSnapshot } from './snapshot.js';

const LINKS = [
  ['health', 'State'],
  ['figures', 'Figures'],
  ['deletions', 'Deletions'],
  ['stored', 'Stored pages'],
  ['jobs', 'Actions'],
  ['renders', 'Renders'],
  ['refused', 'Not stored'],
] as const;

export interface Asked {
  readonly query: URLSearchParams;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/** Returns the main page of the dashboard. */
export async function dashboardPage(
  parts: DashboardParts,
  jobs: readonly Job[],
  asked: Asked,
): Promise<Html> {
  await parts.noteFigures();
  const snapshot = await takeSnapshot(parts);
  const live = liveSections(snapshot, jobs, asked.query);
  const stored = await storedPages(parts, asked);
  const title = parts.name === undefined ? 'Pages' : `Pages of ${parts.name}`;
  return layout(
    title,
    html`<header>
<h1>${title}</h1>
<nav aria-label="Sections"><ul>${LINKS.map(([id, text]) => html`<li><a href="#${id}">${text}</a></li>`)}</ul></nav>
<p id="live-state" role="status">Reload to see newer figures.</p>
</header>
<main id="main" tabindex="-1">
${live.health}${live.figures}${live.deletions}${stored}${live.jobs}${live.renders}${live.refused}
</main>`,
    { isLive: true },
  );
}

export type LiveSections = Readonly<
  Record<'health' | 'figures' | 'deletions' | 'jobs' | 'renders' | 'refused', Html>
>;

/** Returns the sections that are sent again whenever they have changed. */
export function liveSections(snapshot: Snapshot, jobs: readonly Job[], query: URLSearchParams): LiveSections {
  const period = query.get('period');
  return {
    health: healthSection(snapshot),
    figures: figuresSection(snapshot, isPeriod(period) ? period : 'hour'),
    deletions: deletionsSection(snapshot),
    jobs: jobsSection(jobs),
    renders: rendersSection(snapshot),
    refused: refusedSection(snapshot),
  };
}

async function storedPages(parts: DashboardParts, { query, signal }: Asked): Promise<Html> {
  const { ledger, rules, types, typeOf } = parts;
  const filter = readFilter(query);
  const from = readPosition(query.get('from'));
  const list = await browse(() => ledger.overview, {
    passes: compileFilter(filter, { rules, typeOf }),
    tag: filter.tag,
    from,
    // Without a filter, the total is known.
    counts: !isEmpty(filter),
    signal,
  });
  return storedSection({
    ...{ list, filter, query, rules, types, typeOf },
    tagsOf: (page) => ledger.overview.tagsOf(page),
    isFirst: from.id === 0,
  });
}
