import type { Bus, Cluster, Survey } from '../../cluster/bus.js';
import type { Facts, OwnFacts } from '../../cluster/overview/overview.js';
import { ownFacts } from '../../operate/views/own-host.js';
import { locateWebRoot } from '../../store/web-root.js';
import { whyNothingIsListed } from '../absence.js';
import type { Configured, Session } from '../session.js';

/** All that one look has shown of the hosts of a site. */
export interface Look extends Facts {
  readonly cluster: Cluster;
  /** Why the bus cannot be reached; undefined: it can be. */
  readonly error: unknown;
}

/** Asks the bus first: what a host has told of itself is then no news to its ledger. */
export async function lookAtHosts(
  cluster: Cluster,
  bus: Bus,
  lookHere: () => OwnFacts | Promise<OwnFacts>,
): Promise<Look> {
  const asked = await ask(bus);
  return { ...asked, own: await lookHere(), cluster, termMilliseconds: cluster.termMilliseconds };
}

async function ask(bus: Bus): Promise<Pick<Look, 'survey' | 'isReached' | 'error'>> {
  try {
    const survey: Survey | undefined = await bus.survey();
    return { survey, isReached: true, error: undefined };
  } catch (error) {
    return { survey: undefined, isReached: false, error };
  }
}

/** What this host's ledger and its names for nginx show, for a command that has not opened it; nothing is made where there is none. */
export async function lookHere(session: Session, configured: Configured): Promise<OwnFacts> {
  const { webRoot } = configured.config;
  const { termFolder } = locateWebRoot(webRoot);
  if (whyNothingIsListed(webRoot) !== undefined) return ownFacts({ sharedStanding: none }, termFolder);
  return await session.withReader(configured, async (reader) => ownFacts(reader, termFolder));
}

const none = () => undefined;
