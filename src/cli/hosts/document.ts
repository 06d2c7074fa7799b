import { servesUntil } from '../../cluster/overview/names.js';
import { type HostView, hostsOf, type OwnFacts } from '../../cluster/overview/overview.js';
import { messageOf, systemErrorCode } from '../../errors.js';
import type { Look } from './look.js';

/** What `hosts --json` prints. */
export interface HostsDocument {
  /** For people, without passwords. */
  readonly bus: string;
  readonly termMilliseconds: number;
  /** Null: the bus cannot be reached, or no host has ever used it. */
  readonly log: {
    readonly epoch: string;
    readonly last: number;
    readonly settled: boolean;
    readonly isCurrent: boolean;
  } | null;
  /** Why the bus cannot be reached. */
  readonly error: { readonly code: string | undefined; readonly message: string } | null;
  readonly hosts: readonly HostView[];
  readonly own: OwnDocument | null;
}

/** What this host's ledger, and its names for nginx, say. */
export interface OwnDocument {
  readonly id: string;
  readonly epoch: string | null;
  readonly received: number;
  readonly applied: number;
  /** Deletions that the other hosts have not heard of. */
  readonly outbox: number;
  readonly outboxSince: string | null;
  /** Until when nginx finds pages; null: it finds none. */
  readonly servesUntil: string | null;
}

export function documentOf(look: Look): HostsDocument {
  const { cluster, survey, error, own } = look;
  return {
    ...{ bus: cluster.description, termMilliseconds: cluster.termMilliseconds },
    log: survey === undefined ? null : logOf(survey),
    error: error === undefined ? null : { code: systemErrorCode(error), message: messageOf(error) },
    ...{ hosts: hostsOf(look), own: ownDocument(own) },
  };
}

export function ownDocument({ standing, names }: OwnFacts): OwnDocument | null {
  if (standing === undefined) return null;
  const { host: id, epoch = null, received, applied, unsent, unsentSince } = standing;
  return {
    ...{ id, epoch, received, applied, outbox: unsent },
    outboxSince: unsentSince === undefined ? null : new Date(unsentSince).toISOString(),
    servesUntil: servesUntil(names),
  };
}

function logOf({ epoch, last, settled, isCurrent }: NonNullable<Look['survey']>): HostsDocument['log'] {
  return { epoch, last, settled, isCurrent };
}
