import { namesOfSeconds } from '../term-links.js';

/** What nginx finds at this moment under the names that are made of seconds. */
export type NamesNow =
  | { readonly state: 'serves' /** In milliseconds since 1970. */; readonly until: number }
  /** The last second in which nginx found pages, if a name of it is left. */
  | { readonly state: 'none'; readonly last: number | undefined }
  /** The names are all of future seconds: the clock was set back. */
  | { readonly state: 'clock' };

/** Checks the folder names that nginx looks for, by the clock of this machine, as nginx does. */
export function lookAtNames(termFolder: string, now = Date.now()): NamesNow {
  const seconds = new Set(namesOfSeconds(termFolder).map(Number));
  const second = Math.floor(now / 1000);
  let end = second;
  while (seconds.has(end)) end += 1;
  if (end > second) return { state: 'serves', until: end * 1000 };
  const last = [...seconds].filter((one) => one < second);
  if (seconds.size > 0 && last.length === 0) return { state: 'clock' };
  return { state: 'none', last: last.length === 0 ? undefined : Math.max(...last) };
}

/** Until when nginx finds pages, in ISO 8601; `null` if it finds none. */
export function servesUntil(names: NamesNow): string | null {
  return names.state === 'serves' ? new Date(names.until).toISOString() : null;
}
