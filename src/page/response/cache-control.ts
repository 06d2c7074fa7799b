import { type Refusal, refuse } from '../reasons.js';
import { type HeaderValues, headerText } from './headers.js';

/** For how long a response allows to be kept, in seconds; undefined: it does not say. */
export interface Freshness {
  readonly lifetimeSeconds: number | undefined;
}

const FORBIDDEN = new Set(['private', 'no-store', 'no-cache', 'must-understand']);
/** What a shared cache goes by, the stronger first (RFC 9111 §4.2.1). */
const LIFETIMES = ['s-maxage', 'max-age'] as const;
/** The one form that is generated today (RFC 9110 §5.6.7); `Date.parse` alone would take a year for a date. */
const HTTP_DATE = /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Judges Cache-Control, Pragma and Expires (RFC 9111 §4.2.1, §5.2.2, §5.3, §5.4), strictly: what is malformed or
 * contradicts itself is not kept. `declared` is the site's constant Cache-Control, which it has judged itself.
 */
export function judgeFreshness(
  headers: HeaderValues,
  declared: string | undefined,
  nowMilliseconds: number,
): Freshness | { readonly refusal: Refusal } {
  const text = headerText(headers, 'cache-control');
  if (text === undefined) {
    const forbidden = /\bno-cache\b/i.test(headerText(headers, 'pragma') ?? '');
    return forbidden ? { refusal: refuse('pragma') } : judgeExpires(headers, nowMilliseconds);
  }
  const directives = parseDirectives(text);
  if (directives === undefined) return { refusal: refuse('cache-control', text) };
  const forbidden = text === declared ? undefined : directives.find(([name]) => FORBIDDEN.has(name));
  if (forbidden !== undefined) return { refusal: refuse('cache-control', forbidden[0]) };
  return judgeLifetimes(directives) ?? judgeExpires(headers, nowMilliseconds);
}

function judgeLifetimes(
  directives: readonly Directive[],
): Freshness | { readonly refusal: Refusal } | undefined {
  const found = LIFETIMES.map((name) => directives.filter((directive) => directive[0] === name));
  for (const [name, value] of found.flat()) {
    if (!/^\d{1,10}$/.test(value) || Number(value) === 0)
      return { refusal: refuse('cache-control', `${name}=${value}`) };
  }
  for (const same of found) {
    if (new Set(same.map(([, value]) => value)).size > 1)
      return { refusal: refuse('cache-control', same.map((one) => one.join('=')).join(', ')) };
  }
  const [strongest] = found.flat();
  return strongest === undefined ? undefined : { lifetimeSeconds: Number(strongest[1]) };
}

function judgeExpires(
  headers: HeaderValues,
  nowMilliseconds: number,
): Freshness | { readonly refusal: Refusal } {
  const expires = headerText(headers, 'expires');
  if (expires === undefined) return { lifetimeSeconds: undefined };
  const time = HTTP_DATE.test(expires) ? Date.parse(expires) : Number.NaN;
  const lifetimeSeconds = Math.floor((time - nowMilliseconds) / 1000);
  return lifetimeSeconds > 0 ? { lifetimeSeconds } : { refusal: refuse('expires', expires) };
}

type Directive = readonly [name: string, value: string];

/** The directives with their values unquoted; undefined where the header is malformed (RFC 9111 §5.2). */
export function parseDirectives(text: string): readonly Directive[] | undefined {
  const directive = /\s*(?:([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?)?\s*(?:,|$)/y;
  const found: Directive[] = [];
  while (directive.lastIndex < text.length) {
    const match = directive.exec(text);
    if (match === null) return undefined;
    if (match[1] !== undefined) found.push([match[1].toLowerCase(), match[2] ?? match[3] ?? '']);
  }
  return found;
}
