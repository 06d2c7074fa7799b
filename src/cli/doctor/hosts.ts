import { realpathSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Cluster, SurveyedHost } from '../../cluster/bus.js';
import { ownStateOf } from '../../cluster/overview/overview.js';
import { type HostState, hostStates } from '../../cluster/overview/states.js';
import { messageOf, systemErrorCode } from '../../errors.js';
import { ownFacts } from '../../operate/views/own-host.js';
import type { Site } from '../../site.js';
import { type Look, lookAtHosts } from '../hosts/look.js';
import { formatCount, formatTime } from '../output/table.js';
import { type Finding, failure, ok, warning } from './finding.js';

/** States of a host that will soon serve, or is not meant to serve now. */
const MAY_BE: ReadonlySet<HostState> = new Set([
  ...(['catching-up', 'cold-start', 'other-epoch', 'absent', 'not-started', 'cut-off'] as const),
]);

/** With several hosts: checks whether this host is one of them, and serves. */
export async function checkHosts(
  site: Pick<Site, 'config' | 'ledger' | 'webRoot'>,
): Promise<readonly Finding[]> {
  const { cluster } = site.config;
  if (cluster === undefined) return [];
  const bus = cluster.connect();
  try {
    const look = await lookAtHosts(cluster, bus, () => ownFacts(site.ledger, site.webRoot.termFolder));
    return [
      ...[checkBus(look), checkTerm(look), ...checkIdentity(look)],
      ...[checkOutbox(look, cluster), checkNames(look, site.webRoot)],
    ];
  } finally {
    await bus.close();
  }
}

function checkBus({ cluster, survey, isReached, error }: Look): Finding {
  const { description } = cluster;
  if (!isReached) {
    const remedy = 'check the address and the credentials of `cluster`, and that this machine can reach it';
    return failure('bus', `${description} cannot be reached: ${messageOf(error)}`, remedy);
  }
  if (survey === undefined)
    return warning('bus', `${description}: no host has used it yet`, 'start the app on each host');
  if (survey.isCurrent) return ok('bus', `${description} has ${formatCount(survey.hosts.size, 'host')}`);
  return warning(
    'bus',
    `${description} was restarted or replaced by another server, and no host has reported since`,
    'check that the app runs and can reach it',
  );
}

function checkTerm(look: Look): Finding {
  const state = ownStateOf(look);
  const message = `this host ${hostStates[state]}`;
  if (state === 'serves') return ok('term', message);
  const remedy =
    'check that the app runs, and what its log says; `staticgenerator hosts --watch` shows what changes';
  return (MAY_BE.has(state) ? warning : failure)('term', message, remedy);
}

/** Checks that no other host has the same ID: each would be assumed to have deleted what the other has deleted. */
function checkIdentity({ own: { standing }, survey }: Look): readonly Finding[] {
  const row = standing && survey?.hosts.get(standing.host);
  if (standing === undefined || row === undefined || survey?.epoch !== standing.epoch) return [];
  const twin = twinOf(row, standing.applied);
  if (twin === undefined) return [ok('host id', `${standing.host} is the ID of this host only`)];
  const remedy =
    'if WEB_ROOT was copied with a running machine, stop the app on the copy, delete its WEB_ROOT, and reboot it';
  return [(twin.isSure ? failure : warning)('host id', `${standing.host} ${twin.message}`, remedy)];
}

interface Twin {
  readonly isSure: boolean;
  readonly message: string;
}

/** Finds another host with the same ID. A host never reports a position beyond that of its own ledger. */
function twinOf({ cursor, name }: SurveyedHost, applied: number): Twin | undefined {
  if (cursor > applied) {
    const message = `is also the ID of another host: it is at entry ${cursor} there, and at ${applied} here`;
    return { isSure: true, message };
  }
  if (name === hostname()) return undefined;
  return {
    isSure: false,
    message: `was last reported by the machine ${name}, but this machine is ${hostname()}; that is correct only if both share this WEB_ROOT`,
  };
}

function checkOutbox({ own: { standing } }: Look, { termMilliseconds }: Cluster): Finding {
  const { unsent = 0, unsentSince = 0 } = standing ?? {};
  if (unsent === 0) return ok('outbox', 'the other hosts have received all deletions of this one');
  const message = `the other hosts have not yet received ${formatCount(unsent, 'deletion')} of this one`;
  if (Date.now() - unsentSince < 2 * termMilliseconds) return ok('outbox', `${message}; they are being sent`);
  const since = unsentSince === 0 ? '' : `, the oldest of ${formatTime(unsentSince)}`;
  const remedy = 'check that the app runs and can reach the bus: it sends them as soon as it can';
  return warning('outbox', `${message}${since}`, remedy);
}

/** Checks the folders and links through which nginx finds pages. */
function checkNames({ own: { names } }: Look, { path, termFolder }: Site['webRoot']): Finding {
  const second = String(Math.floor(Date.now() / 1000));
  try {
    if ((statSync(termFolder).mode & 0o001) === 0) {
      const problem = `other users cannot enter ${termFolder}, so an nginx that runs as another user finds no pages`;
      return failure('names', problem, `chmod o+x ${termFolder}`);
    }
    if (names.state !== 'serves')
      return ok('names', 'nginx finds no pages now, because this host serves none');
    if (realpathSync(join(termFolder, second)) === realpathSync(path))
      return ok('names', `nginx finds pages below ${termFolder} until ${formatTime(names.until)}`);
    const remedy = `delete ${termFolder}; the app makes it again`;
    return failure('names', `${join(termFolder, second)} does not lead to WEB_ROOT`, remedy);
  } catch (error) {
    // The second may have ended during the check, and its name may be gone.
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    return ok('names', 'nginx finds no pages in this second');
  }
}
