import { urlsOf } from '../../cluster/cdn/origins.js';
import { PurgeRefusedError } from '../../cluster/cdn/service.js';
import { messageOf } from '../../errors.js';
import type { Site } from '../../site.js';
import { formatCount, formatTime } from '../output/table.js';
import { type Finding, failure, ok } from './finding.js';

/** A path that no page can have: one of its segments begins with a dot. */
const NO_PAGE = '/.well-known/staticgenerator-doctor';
const TIMEOUT_MS = 20_000;
/** If a purge has waited for longer than this, the CDN does not accept it. */
const OLD_MS = 60_000;

/** With a CDN: checks whether it accepts purges, and has accepted the earlier ones. */
export async function checkCdn(site: Pick<Site, 'config' | 'ledger'>): Promise<readonly Finding[]> {
  if (site.config.cdn === undefined) return [];
  return [await checkService(site.config), checkBacklog(site.ledger)];
}

/** Purges a URL that is no page. */
async function checkService({ cdn, hosts, scheme }: Site['config']): Promise<Finding> {
  if (cdn === undefined) return ok('cdn', 'there is none');
  const { name, purge } = cdn.service;
  const urls = urlsOf({ kind: 'page', host: '', path: NO_PAGE }, { hosts, scheme });
  try {
    await purge(urls, { tags: [], all: false, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return ok('cdn', `${name} accepts purges`);
  } catch (error) {
    const said = error instanceof PurgeRefusedError ? error.remedy : undefined;
    const remedy = said ?? 'check that this machine can reach it; purges wait until it accepts them';
    return failure('cdn', `${name} did not accept a purge: ${messageOf(error)}`, remedy);
  }
}

function checkBacklog(ledger: Pick<Site['ledger'], 'backlog'>): Finding {
  const { waiting = 0, oldestAt } = ledger.backlog() ?? {};
  if (oldestAt === undefined) return ok('purges', 'the CDN has accepted every purge');
  const message = `waiting for the CDN: ${formatCount(waiting, 'purge')}, the oldest since ${formatTime(oldestAt)}`;
  if (Date.now() - oldestAt < OLD_MS) return ok('purges', message);
  const remedy =
    'check that the app runs, and what its log says about the CDN; until then the CDN may serve old pages';
  return failure('purges', message, remedy);
}
