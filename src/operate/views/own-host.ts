import { lookAtNames, servesUntil } from '../../cluster/overview/names.js';
import type { OwnFacts } from '../../cluster/overview/overview.js';
import type { LedgerReader } from '../../ledger/ledger.js';
import { timestamp } from './page-document.js';

/** What this host's ledger and the names that nginx looks for show, for programs. */
export interface OwnDocument {
  readonly id: string;
  readonly epoch: string | null;
  readonly received: number;
  readonly applied: number;
  /** How many deletions the other hosts have not received yet. */
  readonly outbox: number;
  readonly outboxSince: string | null;
  /** Until when nginx finds pages; `null` if it finds none. */
  readonly servesUntil: string | null;
}

/** Reads what the ledger and the names that nginx looks for show about this host. */
export function ownFacts(reader: Pick<LedgerReader, 'sharedStanding'>, termFolder: string): OwnFacts {
  return { standing: reader.sharedStanding(), names: lookAtNames(termFolder) };
}

export function ownDocument({ standing, names }: OwnFacts): OwnDocument | null {
  if (standing === undefined) return null;
  const { host: id, epoch = null, received, applied, unsent, unsentSince } = standing;
  return {
    ...{ id, epoch, received, applied, outbox: unsent },
    outboxSince: unsentSince === undefined ? null : timestamp(unsentSince),
    servesUntil: servesUntil(names),
  };
}
