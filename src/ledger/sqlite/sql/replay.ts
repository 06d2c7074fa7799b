import type { PageEntry } from '../../pages.js';

/** What Node needs to know of a page that nginx does not serve. */
type Replay = Pick<PageEntry, 'headers' | 'audience'>;

/** Returns the text that is stored with the page; `null` if nginx serves the page. */
export function printReplay({ headers, audience }: Replay): string | null {
  if (headers === undefined) return null;
  return JSON.stringify(audience === undefined ? headers : { headers, audience });
}

export function parseReplay(json: string | null): Replay {
  if (json === null) return { headers: undefined, audience: undefined };
  const written: (PageEntry['headers'] & unknown[]) | Replay = JSON.parse(json);
  return Array.isArray(written) ? { headers: written, audience: undefined } : written;
}
