import type { Deletion, Invalidator, KeptPage } from '../change/invalidate.js';
import type { Entries } from '../ledger/ledger.js';
import type { Logger } from '../log.js';
import { isRenderFailure, type Refusal } from '../page/reasons.js';
import type { Selector } from '../page/selector.js';
import type { RenderOutcome } from '../request/page/writer.js';
import { Pace } from './pace.js';
import { pathSelectorOf } from './path-selector.js';
import type { Publisher } from './publish.js';

export interface RegeneratorParts {
  readonly invalidator: Pick<Invalidator, 'beginRegeneration' | 'invalidate'>;
  readonly publisher: Pick<Publisher, 'assertAttached' | 'renderAll'>;
  readonly logger: Logger;
}

const RESTLESS =
  'a page was rendered again and again, so it is deleted instead; if rendering the page changes the data that it shows, add that change to the option `ignore` of the tracking';

/**
 * Replaces pages in place instead of deleting them: visitors are served the old file until the new one is renamed over
 * it. If the render fails, the last good copy stays; if the page is gone (404, 410, a redirect) or no longer storable, it
 * is removed at once.
 */
export class Regenerator {
  readonly #parts: RegeneratorParts;
  readonly #pace = new Pace();

  constructor(parts: RegeneratorParts) {
    this.#parts = parts;
  }

  /** Replaces the pages that the selectors match, and settles what was intended. */
  async regenerate(selectors: readonly Selector[], intended?: readonly Entries[]): Promise<Deletion> {
    const { invalidator, publisher, logger } = this.#parts;
    publisher.assertAttached();
    const { pages, finish } = await invalidator.beginRegeneration(selectors, intended);
    const [restless, calm] = this.#pace.split(pages);
    const outcomes = await publisher.renderAll(calm.map(pathSelectorOf));
    const removable = [...restless, ...calm.filter((_page, index) => isGone(outcomes[index]))];
    const { deleted } = await invalidator.invalidate(removable.map(pathSelectorOf));
    await finish();
    const regenerated = calm.flatMap(({ path }, index) => (isStored(outcomes[index]) ? [path] : []));
    const kept = calm.flatMap(({ path }, index) => keptPage(path, outcomes[index]));
    for (const { path } of restless) logger.warn({ path }, RESTLESS);
    for (const { path, reason, detail } of kept) {
      logger.warn({ path, reason, detail }, 'a page could not be rendered again; its last good copy stays');
    }
    return { deleted, regenerated, kept };
  }
}

function isStored(outcome: RenderOutcome | undefined): boolean {
  return outcome !== undefined && 'stored' in outcome;
}

/** Whether the app has answered that there is no such page any more, and has not failed. */
function isGone(outcome: RenderOutcome | undefined): boolean {
  return outcome !== undefined && 'refusal' in outcome && !isFailure(outcome.refusal);
}

function keptPage(path: string, outcome: RenderOutcome | undefined): readonly KeptPage[] {
  return outcome !== undefined && 'refusal' in outcome && isFailure(outcome.refusal)
    ? [{ path, ...outcome.refusal }]
    : [];
}

/** Whether a refusal is a failure. Status 404, 410 and redirects mean that the page is gone; others are failures. */
function isFailure({ reason, detail = '' }: Refusal): boolean {
  return reason === 'status' ? !/^(?:3\d\d|404|410)$/.test(detail) : isRenderFailure(reason);
}
