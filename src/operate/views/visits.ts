import type { Visits } from '../../ledger/ledger.js';
import type { PageHits, RuleVisits } from '../../metrics.js';

/** What visitors of pages got, with the share of visitors who did not wait for a render. */
interface VisitsRow extends RuleVisits {
  readonly hitRatio: number | null;
}

/** What visitors of pages got, for programs. */
export interface VisitsDocument extends VisitsRow {
  readonly rules: readonly (VisitsRow & { readonly rule: string })[];
  readonly pages: readonly PageHits[];
}

export function visitsDocument({ rules, pages }: Visits): VisitsDocument {
  const withRatio = <Row extends RuleVisits>(row: Row) => ({ ...row, hitRatio: ratioOf(row) });
  return { ...withRatio(totalOf(rules)), rules: rules.map(withRatio), pages };
}

export function totalOf(rules: readonly RuleVisits[]): RuleVisits {
  const sum = (of: (row: RuleVisits) => number) => rules.reduce((total, row) => total + of(row), 0);
  return {
    nginx: sum((row) => row.nginx),
    node: sum((row) => row.node),
    misses: sum((row) => row.misses),
    bytes: sum((row) => row.bytes),
  };
}

/** Returns the share of visits to pages that needed no render; `null` without visits. */
export function ratioOf({ nginx, node, misses }: RuleVisits): number | null {
  const all = nginx + node + misses;
  return all === 0 ? null : (nginx + node) / all;
}
