import type { Bus, Cluster, Survey } from '../../cluster/bus.js';
import type { Facts, OwnFacts } from '../../cluster/overview/overview.js';
import { ownFacts } from '../../operate/views/own-host.js';
import { locateWebRoot } from '../../store/web-root.js';
import { whyNothingIsListed } from '../absence.js';
import type { Configured, Session } from '../session.js';

/** Everything that one look at the hosts of a site has shown. */
export interface Look extends Facts {
  readonly cluster: Cluster;
  /** Why the bus cannot be reached; `undefined` if it can be. */
  readonly error: unknown;
}

/** Asks the bus first. So the ledger, which is read afterwards, is at least as far as this host's report on the bus. */
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

/**
 * Reads what this host's ledger and its names for nginx show, for a command that has not opened
 * the site. Creates nothing.
 */
export async function lookHere(session: Session, configured: Configured): Promise<OwnFacts> {
  const { webRoot } = configured.config;
  const { termFolder } = locateWebRoot(webRoot);
  if (whyNothingIsListed(webRoot) !== undefined) return ownFacts({ sharedStanding: none }, termFolder);
  return await session.withReader(configured, async (reader) => ownFacts(reader, termFolder));
}

const none = () => undefined;
