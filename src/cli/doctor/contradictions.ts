import type { FigureReader } from '../../ledger/ledger.js';
import { type Finding, ok, warning } from './finding.js';

/** So many are named. */
const SHOWN = 10;

/** URLs that were pages to some visitors and something else to others, for a reason that was not seen. */
export function checkContradictions(ledger: FigureReader): Finding {
  const refused = ledger.lastRefusals('contradicts', SHOWN);
  if (refused.length === 0)
    return ok('contradictions', 'no URL has answered visitors otherwise for reasons that were not seen');
  const urls = refused.map(({ host, path, detail }) => `${host}${path} (others got ${detail})`);
  return warning(
    'contradictions',
    `not stored, because others got something else: ${urls.join(', ')}`,
    'mount our middleware before what decides it, or name its cookie in `bypassCookies` or its header in `bypassHeaders`',
  );
}
