import { type NamesNow, servesUntil } from '../../cluster/overview/names.js';
import type { LedgerReader, StoredPage } from '../../ledger/ledger.js';
import type { RefusedPage } from '../../metrics.js';
import { canonicalPath, filesOf, parsePage, urlOf } from '../../page/layout.js';
import { explainReason, isReason, type Reason } from '../../page/reasons.js';
import type { GateDecision, RequestGate } from '../../page/request/gate.js';
import type { Rules } from '../../page/rules.js';
import { valuesOfVariant } from '../../page/variants/variant.js';
import { type ModelReads, readsInTags } from '../../track/reads/in-tags.js';

/** Everything that is known of a URL without a request to the app. */
export interface Explanation {
  readonly target: string;
  /** The canonical path that a page of this URL would have; `null` if it cannot be a page. */
  readonly canonical: string | null;
  /** The values of the variant that such a request gets. Absent if the page has no variants. */
  readonly variant?: Readonly<Record<string, string>>;
  readonly rule: string | null;
  readonly excludedBy: string | null;
  readonly files: readonly string[];
  /** The outcome of a request for it: `page`, or the reason for a bypass. */
  readonly request: { readonly outcome: 'page' | Reason; readonly explanation: string };
  /**
   * Whether the response to such a request may be stored, or the reason why not; `null` if no
   * page may answer the request.
   */
  readonly capture: { readonly outcome: 'page' | Reason; readonly explanation: string } | null;
  readonly stored: StoredPage | null;
  /** What the stored page has read, according to its tags; `null` if no page is stored. */
  readonly read: readonly ModelReads[] | null;
  /** The tags of the stored page that come from no tracker. */
  readonly ownTags: readonly string[];
  readonly lastRefusal: (RefusedPage & { readonly explanation: string }) | null;
  /** With several hosts: until when nginx finds pages on this host, in ISO 8601; `null` if it finds none. */
  readonly term?: { readonly servesUntil: string | null };
}

/** What to explain: a path with its query, or a full URL, and the headers of the request. */
export interface Question {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The parts from which the explanation is made. */
export interface ExplainParts {
  readonly gate: RequestGate;
  readonly rules: Rules;
  readonly hosts: readonly string[];
  /** `undefined` if the site has one host. */
  readonly names: NamesNow | undefined;
}

/** What the ledger knows of pages; `undefined` if nothing is stored. */
export type PageMemory = Pick<LedgerReader, 'get' | 'lastRefusal'> | undefined;

/** Explains what is known of a URL. */
export function explainUrl(
  { url, headers: given = {} }: Question,
  parts: ExplainParts,
  memory: PageMemory,
): Explanation {
  const { target, host } = splitUrl(url);
  const headers = { host: host ?? parts.hosts[0] ?? 'localhost', ...given };
  const decided = parts.gate({
    ...{ method: 'GET', httpVersion: '1.1', target, headers, local: true },
    localPort: portOf(headers.host),
  });
  const hasNoTerm = parts.names !== undefined && parts.names.state !== 'serves' && decided.outcome === 'page';
  const decision: GateDecision = hasNoTerm ? { outcome: 'bypass', reason: 'no-term' } : decided;
  const folder = decided.outcome === 'page' ? decided.host : '';
  const path = decided.outcome === 'page' ? decided.page.path : target.replace(/\?.*$/su, '');
  const remembered = {
    stored: memory?.get(folder, path) ?? null,
    refusal: memory?.lastRefusal(folder, path) ?? null,
  };
  return explain({ target, decision }, parts, remembered);
}

interface Asked {
  readonly target: string;
  readonly decision: GateDecision;
}

interface Remembered {
  readonly stored: StoredPage | null;
  readonly refusal: RefusedPage | null;
}

function explain(
  { target, decision }: Asked,
  { rules, names }: ExplainParts,
  { stored, refusal }: Remembered,
): Explanation {
  const canonical = decision.outcome === 'page' ? decision.page.path : bareSpelling(target);
  const page = canonical === null ? undefined : parsePage(canonical);
  const rule = page === undefined ? {} : rules.explain(page.decoded);
  const { read, own: ownTags } = readsInTags(stored?.tags ?? []);
  const asUrl = <T extends { readonly path: string }>(one: T): T => ({ ...one, path: urlOf(one.path) });
  const lastRefusal =
    refusal === null ? null : { ...asUrl(refusal), explanation: explanationOf(refusal.reason) };
  return {
    ...(page?.variant !== undefined && { variant: valuesOfVariant(page.variant) }),
    ...{
      target,
      canonical: canonical && urlOf(canonical),
      rule: rule.includedBy ?? null,
      excludedBy: rule.excludedBy ?? null,
    },
    files: page === undefined ? [] : filesOf(page),
    request: outcomeOf(decision.outcome === 'page' ? undefined : decision.reason),
    capture: decision.outcome === 'page' ? outcomeOf(decision.captureRefusal) : null,
    ...{ stored: stored && asUrl(stored), read: stored === null ? null : read, ownTags, lastRefusal },
    ...(names === undefined ? {} : { term: { servesUntil: servesUntil(names) } }),
  };
}

/** Returns the canonical path of a URL that bypasses, without its query; `null` if it has none. */
function bareSpelling(target: string): string | null {
  return canonicalPath(target.replace(/[?#].*$/su, '')) ?? null;
}

function outcomeOf(reason: Reason | undefined): Explanation['request'] {
  return reason === undefined
    ? { outcome: 'page', explanation: 'a page may answer it' }
    : { outcome: reason, explanation: explainReason(reason) };
}

/** Explains a reason. A newer release may have written a reason that this one does not know. */
function explanationOf(reason: string): string {
  return isReason(reason) ? explainReason(reason) : 'a reason of another release';
}

function splitUrl(written: string): { readonly target: string; readonly host: string | undefined } {
  if (!/^https?:\/\//i.test(written)) return { target: written, host: undefined };
  const match = /^https?:\/\/([^/?#]+)([^#]*)/i.exec(written);
  return { target: match?.[2] || '/', host: match?.[1] };
}

/** Returns the port of a host. The user means the port at which the site is reached: nginx's, or the app's. */
function portOf(host: string): number | undefined {
  const [, port] = /:(\d{1,5})$/.exec(host) ?? [];
  return port === undefined ? undefined : Number(port);
}

/** Reads a header line, `Name: value`; `undefined` if it is not one. */
export function headerOfLine(line: string): readonly [name: string, value: string] | undefined {
  const match = /^([\w!#$%&'*+.^`|~-]+):\s*(.*)$/s.exec(line);
  return match === null ? undefined : [String(match[1]).toLowerCase(), String(match[2]).trim()];
}
