import type { FigureReader, Visits } from '../../ledger/ledger.js';
import type { Rules } from '../../page/rules.js';
import { type Finding, warning } from '../doctor/finding.js';
import { printable } from '../output/table.js';

/** With fewer pages, nothing can be said of a rule. */
const MIN_STORED = 100;
/** Reports of hits that had to come if each page were asked for once more; chance hides so many once in 20,000 times. */
const MIN_REPORTS = 10;
/** More than so many pages for one hit: hardly any was asked for twice. */
const STORED_FOR_A_HIT = 10;

/** The rules whose pages nobody asks for twice: storing each of them is work for the disk alone. */
export function checkRules(
  reader: FigureReader,
  { rules, countHits }: { readonly rules: Rules; readonly countHits: { readonly oneIn: number } | undefined },
): readonly Finding[] {
  // Where hits are not counted, nginx may have many.
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
