import type { Site } from '../../site.js';
import { type Finding, ok, warning } from './finding.js';

/** Reports the cookies that the app was seen to set with HttpOnly, and that no option lists. */
export function checkLearnedCookies({ learned }: Pick<Site, 'learned'>): Finding {
  const names = learned.names();
  if (names.length === 0)
    return ok(
      'cookies',
      '`bypassCookies` and `ignoreCookies` list every cookie that the app sets with HttpOnly',
    );
  return warning(
    'cookies',
    `the app sets these cookies with HttpOnly, so visitors who send one bypass the pages: ${names.join(', ')}`,
    `declare them, because a new ledger does not know them: bypassCookies: ${JSON.stringify({ add: names })}; or in ignoreCookies, if no page depends on them`,
  );
}
