import { type Refusal, refuse } from '../reasons.js';
import { type HeaderValues, headerText } from './headers.js';

/** How long a response may be kept. */
export interface Freshness {
  /** When that time is over, in milliseconds since 1970; `undefined` if the response does not limit it. */
  readonly expiresAt: number | undefined;
  /** When the response was made, by its Date if it has one: its age counts from here (RFC 9111 §4.2.3). */
  readonly madeAt: number;
}

type Judged = Freshness | { readonly refusal: Refusal };

const FORBIDDEN = new Set(['private', 'no-store', 'no-cache', 'must-understand']);
/** The directives that a shared cache obeys, the stronger first (RFC 9111 §4.2.1). */
const LIFETIMES = ['s-maxage', 'max-age'] as const;
/** The one form that is generated today (RFC 9110 §5.6.7); `Date.parse` alone would read a year as a date. */
const HTTP_DATE = /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Judges Cache-Control, Pragma, Expires and Date (RFC 9111 §4.2.1, §5.2.2, §5.3, §5.4), strictly: a response with
 * malformed or contradictory headers is not kept. `declared` is the site's constant Cache-Control: what it forbids, it
 * forbids only browsers. `at` is when the response left.
 */
export function judgeFreshness(headers: HeaderValues, declared: string | undefined, at: number): Judged {
  const text = headerText(headers, 'cache-control');
  if (text === undefined) {
    const forbidden = /\bno-cache\b/i.test(headerText(headers, 'pragma') ?? '');
    return forbidden ? { refusal: refuse('pragma') } : judgeExpires(headers, at);
  }
  const directives = parseDirectives(text);
  if (text === declared) return judgeDeclared(directives ?? [], headers, at);
  if (directives === undefined) return { refusal: refuse('cache-control', text) };
  const forbidden = directives.find(([name]) => FORBIDDEN.has(name));
  if (forbidden !== undefined) return { refusal: refuse('cache-control', forbidden[0]) };
  return judgeLifetimes(directives, madeAtOf(headers, at), at) ?? judgeExpires(headers, at);
}

/** A lifetime of zero makes browsers ask again each time; a longer one applies to pages too. */
function judgeDeclared(directives: readonly Directive[], headers: HeaderValues, at: number): Judged {
  const lifetimes = LIFETIMES.flatMap((name) => directives.filter((directive) => directive[0] === name));
  const [strongest] = lifetimes;
  if (strongest !== undefined && /^0+$/.test(strongest[1])) return unlimited(at);
  return judgeLifetimes(directives, madeAtOf(headers, at), at) ?? judgeExpires(headers, at);
}

function judgeLifetimes(directives: readonly Directive[], madeAt: number, at: number): Judged | undefined {
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
  if (strongest === undefined) return undefined;
  const expiresAt = madeAt + Number(strongest[1]) * 1000;
  if (expiresAt > at) return { expiresAt, madeAt };
  return { refusal: refuse('cache-control', `${strongest.join('=')}, and Date is older`) };
}

function judgeExpires(headers: HeaderValues, at: number): Judged {
  const expires = headerText(headers, 'expires');
  if (expires === undefined) return unlimited(at);
  // The time from Date to Expires counts, and clients get both: with a Date in the future, they would count wrongly.
  if ((dateOf(headers) ?? at) > at) return { refusal: refuse('expires', `${expires}, and Date is to come`) };
  const seconds = Math.floor(((parseDate(expires) ?? Number.NaN) - at) / 1000);
  const madeAt = madeAtOf(headers, at);
  return seconds > 0 ? { expiresAt: at + seconds * 1000, madeAt } : { refusal: refuse('expires', expires) };
}

function unlimited(at: number): Freshness {
  return { expiresAt: undefined, madeAt: at };
}

/** Returns when a response was made. A Date in the future says only that it is new (RFC 9111 §4.2.3). */
function madeAtOf(headers: HeaderValues, at: number): number {
  return Math.min(dateOf(headers) ?? at, at);
}

function dateOf(headers: HeaderValues): number | undefined {
  return parseDate(headerText(headers, 'date') ?? '');
}

function parseDate(text: string): number | undefined {
  const time = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

type Directive = readonly [name: string, value: string];

/** Returns the directives with their values unquoted; `undefined` if the header is malformed (RFC 9111 §5.2). */
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
