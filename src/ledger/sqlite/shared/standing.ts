import { createHash } from 'node:crypto';
import type { ShownStanding, Standing } from '../../shared.js';
import type { Connection } from '../file/connection.js';
import type { SharedStatements } from './statements.js';

/** What distinguishes a ledger from a copy of it. */
export type Identity = Pick<Connection, 'ground' | 'device' | 'inode'>;

export function standingOf(
  { standing }: Pick<SharedStatements, 'standing'>,
  identity: Identity,
): Omit<Standing, 'generation'> {
  const row = standing.get();
  if (row === undefined) throw new Error('The ledger has no place in a shared log');
  const { name, epoch, received, first } = row;
  return {
    host: hostOf(identity, name),
    epoch: epoch ?? undefined,
    received,
    applied: first === null ? received : Math.min(first - 1, received),
  };
}

export function shownStandingOf(
  shared: SharedStatements | undefined,
  identity: () => Identity,
): ShownStanding | undefined {
  if (shared === undefined) return undefined;
  const { unsent = 0, since = null } = shared.countOutbox.get() ?? {};
  return {
    ...standingOf(shared, identity()),
    ...{ unsent, unsentSince: since ?? undefined },
    deletesAll: shared.receivedAll.get() !== undefined,
  };
}

/** Returns the name of this host. A copied ledger, with its disk or without, has the same `name` but another ground. */
function hostOf({ ground, device, inode }: Identity, name: string): string {
  const hash = createHash('sha256').update(`${name} ${ground ?? `${device}:${inode}`}`);
  return hash.digest('hex').slice(0, 16);
}
