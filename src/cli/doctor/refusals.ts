import type { LedgerReader } from '../../ledger/ledger.js';
import type { RefusedPage } from '../../metrics.js';
import type { Reason } from '../../page/reasons.js';
import { type Finding, ok, warning } from './finding.js';

/** How many URLs are named, at most. */
const SHOWN = 10;
/** How many refusals are searched for them: some of these pages have been stored since. */
const LOOKED_AT = 100;

/** Refusals that show what a response depends on, and what to do about it. */
interface Kind {
  readonly check: string;
  readonly reason: Reason;
  readonly fine: string;
  readonly wrong: string;
  /** Formats a URL with the detail of its refusal. */
  readonly tell: (url: string, detail: string) => string;
  readonly remedy: string;
}

const kinds: readonly Kind[] = [
  {
    check: 'contradictions',
    reason: 'contradicts',
    fine: 'no URL gave visitors different responses for an unknown reason',
    wrong: 'not stored, because other visitors got a different response',
    tell: (url, detail) => `${url} (others got ${detail})`,
    remedy:
      'if you have fixed the cause, run `staticgenerator delete` for the URLs; otherwise mount our middleware before the code that decides, or add its cookie to `bypassCookies` or its header to `bypassHeaders`',
  },
  {
    check: 'inputs',
    reason: 'reads-header',
    fine: 'the app reads no header that distinguishes visitors',
    wrong: 'not stored, because the app reads a request header',
    tell: (url, detail) => `${url} (${detail === '*' ? 'all of them' : detail})`,
    remedy:
      "add the header to `ignoreHeaders` if no page depends on it, or to `bypassHeaders` if few requests have it; or write the rule as { match, as: 'nobody' } if the HTML is the same for everyone",
  },
  {
    check: 'echoes',
    reason: 'echoes-request',
    fine: 'no page contains a value that its visitor sent',
    wrong: 'not stored, because the page contains a value that its visitor sent',
    tell: (url, detail) => `${url} (${detail})`,
    remedy:
      "leave it out of the page, or write the rule as { match, as: 'nobody' }, so that the app does not see it",
  },
];

/** Reports what pages were seen to depend on, for pages that are still refused. */
export function checkRefusals(ledger: Pick<LedgerReader, 'get' | 'lastRefusals'>): readonly Finding[] {
  return kinds.map(({ check, reason, fine, wrong, tell, remedy }) => {
    const refused = ledger.lastRefusals(reason, LOOKED_AT).filter((one) => isNotStored(one, ledger));
    if (refused.length === 0) return ok(check, fine);
    const urls = refused
      .slice(0, SHOWN)
      .map(({ host, path, detail }) => tell(`${host}${path}`, detail ?? 'unknown'));
    return warning(check, `${wrong}: ${urls.join(', ')}`, remedy);
  });
}

function isNotStored({ host, path }: RefusedPage, ledger: Pick<LedgerReader, 'get'>): boolean {
  return ledger.get(host, path) === undefined;
}
