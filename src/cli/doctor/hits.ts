import { findListener, type Listener } from '../../operate/hits/probe.js';
import type { Site } from '../../site.js';
import { type Finding, ok, warning } from './finding.js';

/** With `countHits`: checks whether the app receives what nginx reports. */
export async function checkHits({
  config: { countHits },
  fingerprint,
}: Pick<Site, 'config' | 'fingerprint'>): Promise<readonly Finding[]> {
  if (countHits === undefined) return [];
  const { port } = countHits;
  return [findingOf(await findListener(port, fingerprint()), port)];
}

function findingOf(listener: Listener, port: number): Finding {
  switch (listener) {
    case 'app':
      return ok('hits', `the app listens on UDP port ${port} for the hits of nginx`);
    case 'app-of-other-options':
      return warning(
        'hits',
        `the app that listens on UDP port ${port} has other options than this configuration, or belongs to another site: it does not count the hits of this site`,
        'start the app with this configuration; if there are two sites on this machine, give each its own port: countHits: { port }',
      );
    case 'other-program':
      return warning(
        'hits',
        `another program uses UDP port ${port}, so the app does not receive the hits of nginx`,
        'give the site another port, countHits: { port }, and generate the configuration of nginx again',
      );
    case 'nobody':
      return warning(
        'hits',
        `nothing listens on UDP port ${port}, so the hits that nginx reports are lost`,
        `start the app with countHits: { port: ${port} }, as in this configuration; if the app uses another port, generate the configuration of nginx with that port`,
      );
  }
}
