import type { FigureReader, Visits } from '../../ledger/ledger.js';
import type { Rules } from '../../page/rules.js';
import { type Finding, warning } from '../doctor/finding.js';
import { printable } from '../output/table.js';

/** With fewer pages than this, no judgment of a rule is possible. */
const MIN_STORED = 100;
/**
 * Reports that must be expected if each page is requested once more. By chance, none of so many
 * arrives once in 20,000 times.
 */
const MIN_REPORTS = 10;
/** If more than this many pages are stored for each hit, hardly any page is requested twice. */
const STORED_FOR_A_HIT = 10;

/** Reports the rules whose pages are hardly ever requested twice: storing them is only work for the disk. */
export function checkRules(
  reader: FigureReader,
  { rules, countHits }: { readonly rules: Rules; readonly countHits: { readonly oneIn: number } | undefined },
): readonly Finding[] {
  // If hits are not counted, nginx may have many.
  if (countHits === undefined) return [];
  const { visits, storedByRule } = reader.statistics();
  const enough = Math.max(MIN_STORED, MIN_REPORTS * countHits.oneIn);
  return rules.included.flatMap(({ pattern, storeAfter, isForNobody, query }) => {
    const stored = storedByRule.get(String(pattern)) ?? 0;
    const hits = hitsOf(visits, String(pattern));
    if (storeAfter > 1 || stored < enough || hits * STORED_FOR_A_HIT > stored) return [];
    const message = `few visitors request the same page of ${printable(String(pattern))}: ${stored} pages were stored for visitors, and only ${hits} requests were answered without a render`;
    const more = isForNobody || query !== undefined ? ' …,' : '';
    const mended = `{ match: ${printable(String(pattern))},${more} storeAfter: 2 }`;
    return [
      warning('rules', message, `store them at their second request, with this rule in \`urls\`: ${mended}`),
    ];
  });
}

function hitsOf(visits: Visits | undefined, wanted: string): number {
  const row = visits?.rules.find(({ rule }) => rule === wanted);
  return row === undefined ? 0 : row.nginx + row.node;
}
