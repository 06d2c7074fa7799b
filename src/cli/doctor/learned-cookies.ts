import type { Site } from '../../site.js';
import { type Finding, ok, warning } from './finding.js';

/** What the app was seen to set, and no list has. */
export function checkLearnedCookies({ learned }: Pick<Site, 'learned'>): Finding {
  const names = learned.names();
  if (names.length === 0) return ok('cookies', 'every cookie that the app sets with HttpOnly is on a list');
  return warning(
    'cookies',
    `visitors with these cookies, which the app sets with HttpOnly, have a session: ${names.join(', ')}`,
    `declare them, for a ledger that begins anew: bypassCookies: ${JSON.stringify({ add: names })}; or in ignoreCookies, if no page depends on them`,
  );
}
