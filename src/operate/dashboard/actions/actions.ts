import type { Selector } from '../../../page/selector.js';
import type { PathSelector } from '../../../publish/path-selector.js';
import { countMatching } from '../browse.js';
import type { Html } from '../html/html.js';
import type { DashboardParts } from '../parts.js';
import { NotDone } from '../problem-page.js';
import { count } from '../sections/parts.js';
import { previewPage, resultPage } from '../sections/preview.js';
import type { Jobs, Outcome } from './jobs.js';
import type { NamedAction } from './named.js';

/** How many pages a preview or a result names, at most. */
const FIRST = 20;

export type ActionParts = Pick<DashboardParts, 'pages' | 'warm' | 'ledger'>;

/** Shows what an action would do, and does nothing. */
export async function preview(
  { pages, ledger }: ActionParts,
  action: NamedAction,
  { token, signal }: { readonly token: string; readonly signal: AbortSignal },
): Promise<Html> {
  const { selectors, notPages } = await resolve(pages, action);
  const matching = await countMatching(ledger.overview, selectors, { first: FIRST, signal });
  const seeds = action.verb === 'warm' ? seedsIn(selectors).map(({ value }) => value) : [];
  return previewPage({ action, matching, notPages, seeds, token, all: ledger.statistics().pages });
}

/**
 * Carries out an action. A long one continues after the answer. Rejects with an error that occurs before the answer.
 */
export async function act(parts: ActionParts, action: NamedAction, jobs: Jobs): Promise<Html> {
  const job = await jobs.run(titleOf(action), (told) => perform(parts, action, told));
  if (job.state === 'failed') throw job.error;
  return resultPage(job);
}

async function resolve({ read }: ActionParts['pages'], { named }: NamedAction) {
  return named === 'all' ? { selectors: [{ kind: 'all' }] as const, notPages: [] } : await read(named);
}

async function perform(
  { pages, warm }: ActionParts,
  action: NamedAction,
  told: (progress: string) => void,
): Promise<Outcome> {
  if (action.verb === 'warm') {
    const seeds = seedsIn((await resolve(pages, action)).selectors);
    const { stored, refused, skipped } = await warm(seeds, ({ done, total }) => told(`${done} of ${total}`));
    return {
      text: `${pagesText(stored.length)} stored, ${count(skipped)} already stored, ${count(refused.length)} refused`,
      first: refused.slice(0, FIRST).map(({ path, reason, detail }) => `${path}: ${reason} ${detail ?? ''}`),
    };
  }
  const { deleted, regenerated, kept } = await pages[action.verb](action.named);
  if (action.verb === 'delete')
    return { text: `${pagesText(deleted.length)} deleted`, first: deleted.slice(0, FIRST) };
  const keptLines = kept.map(({ path, reason, detail }) => `${path}: ${reason} ${detail ?? ''}`);
  return {
    text: `${pagesText(regenerated.length)} regenerated, ${count(kept.length)} kept, ${count(deleted.length)} deleted`,
    first: [...keptLines, ...deleted, ...regenerated].slice(0, FIRST),
  };
}

function seedsIn(selectors: readonly Selector[]): readonly PathSelector[] {
  return selectors.map((selector) => {
    if (selector.kind === 'path') return selector;
    const remedy = 'Name the paths to start from: links are followed from there.';
    throw new NotDone(400, 'Warming starts from paths, not from a glob, a tag or everything.', { remedy });
  });
}

function titleOf({ verb, named, fields }: NamedAction): string {
  const what =
    named === 'all'
      ? 'everything'
      : fields
          .slice(1, 4)
          .map(([, value]) => value)
          .join(', ');
  const more = fields.length > 4 ? ' and more' : '';
  return `${{ delete: 'Delete', regenerate: 'Regenerate', warm: 'Warm from' }[verb]} ${what}${more}`;
}

function pagesText(pages: number): string {
  return `${count(pages)} ${pages === 1 ? 'page' : 'pages'}`;
}
