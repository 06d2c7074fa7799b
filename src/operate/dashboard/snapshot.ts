import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HostView } from '../../cluster/overview/overview.js';
import type { Ledger, Minute, NotedDeletion, PurgeBacklog, Statistics } from '../../ledger/ledger.js';
import type { PageRenders } from '../../metrics/recent.js';
import type { NginxSeen } from '../../metrics.js';
import { isReason, type Reason, requestReasons } from '../../page/reasons.js';
import { UNVOUCHED } from '../../page/request/gate.js';
import type { Rules } from '../../page/rules.js';
import { type RefusalGroup, refusalsOf } from './refusals.js';

/** The part of the ledger that is used. */
export type ShownLedger = Pick<
  Ledger,
  'get' | 'lastRefusals' | 'statistics' | 'nginxSeen' | 'backlog' | 'overview'
>;

export interface SnapshotParts {
  readonly ledger: ShownLedger;
  readonly rules: Rules;
  /** Whether nginx reports its hits. */
  readonly countsHits: boolean;
  readonly fingerprint: () => string;
  readonly lackedBy: (fingerprint: string) => readonly string[];
  /** `undefined` if the site has one host. */
  readonly hosts: (() => Promise<ShownHosts>) | undefined;
}

/** The hosts of a site, or why they cannot be shown. */
export interface ShownHosts {
  readonly views: readonly HostView[];
  readonly problem: string | undefined;
}

/** The state of the server in front, as requests have shown it. */
export type FrontState =
  | { readonly state: 'none' }
  | { readonly state: 'current' | 'outdated' | 'unknown-host'; readonly seen: NginxSeen }
  | { readonly state: 'lacks-cookies'; readonly seen: NginxSeen; readonly cookies: readonly string[] };

/** How many requests no page could answer, for one reason. */
export interface BypassCount {
  readonly reason: Reason;
  readonly count: number;
}

/** Everything that the dashboard shows, except the list of pages. */
export interface Snapshot {
  readonly at: number;
  readonly statistics: Statistics;
  readonly countsHits: boolean;
  /** The minutes of the last day. */
  readonly minutes: readonly Minute[];
  readonly slowest: readonly PageRenders[];
  readonly mostRendered: readonly PageRenders[];
  readonly deletions: readonly NotedDeletion[];
  readonly floods: readonly NotedDeletion[];
  readonly refusals: readonly RefusalGroup[];
  readonly bypasses: readonly BypassCount[];
  readonly front: FrontState;
  readonly hosts: ShownHosts | undefined;
  readonly cdn: PurgeBacklog | undefined;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** How many pages each list of renders shows, and how many deletions are shown. */
const SHOWN = 10;
const SHOWN_FLOODS = 3;

/** Reads what the dashboard shows. Takes a few milliseconds for any number of pages, plus the survey of the hosts. */
export async function takeSnapshot(parts: SnapshotParts): Promise<Snapshot> {
  const { ledger, rules, countsHits } = parts;
  const { overview } = ledger;
  const hosts = await parts.hosts?.();
  const at = Date.now();
  // This call takes longest, because it counts all pages.
  const statistics = ledger.statistics();
  await nextTurn();
  return {
    ...{ at, statistics, countsHits, hosts },
    minutes: overview.minutes(Math.floor(at / MINUTE_MS) - DAY_MINUTES),
    slowest: overview.renders('slowest', SHOWN),
    mostRendered: overview.renders('renders', SHOWN),
    deletions: overview.deletions(SHOWN),
    floods: overview.floods(at - DAY_MINUTES * MINUTE_MS, SHOWN_FLOODS),
    refusals: refusalsOf(ledger, rules),
    bypasses: bypassesIn(statistics.counters),
    front: frontOf(parts),
    cdn: ledger.backlog(),
  };
}

function bypassesIn(counters: Statistics['counters']): readonly BypassCount[] {
  return Object.entries(counters)
    .map(([name, count]) => ({ reason: name.replace(/^bypass:/, ''), name, count }))
    .filter(({ name, reason }) => name.startsWith('bypass:') && Object.hasOwn(requestReasons, reason))
    .flatMap(({ reason, count }) => (isReason(reason) ? [{ reason, count }] : []))
    .sort((a, b) => b.count - a.count);
}

function frontOf({ ledger, fingerprint, lackedBy }: SnapshotParts): FrontState {
  const [seen] = ledger.nginxSeen();
  if (seen === undefined) return { state: 'none' };
  if (seen.fingerprint === UNVOUCHED) return { state: 'unknown-host', seen };
  if (seen.fingerprint === fingerprint()) return { state: 'current', seen };
  const cookies = lackedBy(seen.fingerprint);
  return cookies.length === 0 ? { state: 'outdated', seen } : { state: 'lacks-cookies', seen, cookies };
}
