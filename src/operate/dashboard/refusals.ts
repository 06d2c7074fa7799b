import type { LedgerReader } from '../../ledger/ledger.js';
import type { LedgerOverview } from '../../ledger/overview/overview.js';
import type { RefusedPage } from '../../metrics.js';
import { decodedPath } from '../../page/layout.js';
import { explainReason, isReason } from '../../page/reasons.js';
import { type Remedy, remedyOf } from '../../page/remedies.js';
import type { Rules } from '../../page/rules.js';

/** A page that is not stored, and how to fix that. */
export interface ShownRefusal extends RefusedPage {
  readonly remedy: Remedy | undefined;
}

/** The pages that are refused for one reason. */
export interface RefusalGroup {
  readonly reason: string;
  readonly explanation: string;
  readonly pages: number;
  /** The newest refusals of these pages. */
  readonly examples: readonly ShownRefusal[];
}

/** How many examples each reason has, at most. */
const EXAMPLES = 3;
/** How many refusals are searched for examples: some of these pages have been stored since. */
const LOOKED_AT = 30;

/** Returns the pages that are refused, by reason. */
export function refusalsOf(
  ledger: Pick<LedgerReader, 'get' | 'lastRefusals'> & {
    readonly overview: Pick<LedgerOverview, 'refusedPages'>;
  },
  rules: Rules,
): readonly RefusalGroup[] {
  return ledger.overview.refusedPages().flatMap(({ reason, pages }) => {
    const refused = ledger.lastRefusals(reason, LOOKED_AT);
    const examples = refused.filter(({ host, path }) => ledger.get(host, path) === undefined);
    if (examples.length === 0) return [];
    const explanation = isReason(reason) ? explainReason(reason) : 'a reason of another release';
    return [
      { reason, pages, explanation, examples: examples.slice(0, EXAMPLES).map((one) => shown(one, rules)) },
    ];
  });
}

function shown(refused: RefusedPage, rules: Rules): ShownRefusal {
  const { reason, path, detail } = refused;
  const pattern = rules.ruleOf(decodedPath(path))?.pattern;
  return { ...refused, remedy: isReason(reason) ? remedyOf(reason, { path, detail, pattern }) : undefined };
}
