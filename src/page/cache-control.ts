import { type HeaderValues, headerText } from './headers.js';
import { type Refusal, refuse } from './reasons.js';

const FORBIDDEN = new Set(['private', 'no-store', 'no-cache', 'must-understand']);
const LIFETIMES = new Set(['max-age', 's-maxage']);

/** Judges Cache-Control, Pragma and Expires: RFC 9111 §3, §4.2.1, §5.2.2 and §5.4, as a cache that promises no staleness. */
export function refuseByCacheControl(
  headers: HeaderValues,
  declared: string | undefined,
): Refusal | undefined {
  const text = headerText(headers, 'cache-control');
  if (text === undefined) return refuseWithoutCacheControl(headers);
  // A site that declares a constant has judged it: `no-cache` or `max-age=60`, say, which then is repeated on hits.
  const refusal = text === declared ? undefined : refuseDirectives(text);
  return refusal ?? (headers.expires === undefined ? undefined : refuse('freshness', 'expires'));
}

function refuseDirectives(text: string): Refusal | undefined {
  const directives = parseDirectives(text);
  if (directives === undefined) return refuse('cache-control', text);
  const forbidden = directives.find(([name]) => FORBIDDEN.has(name));
  return forbidden === undefined ? refuseLifetimes(directives) : refuse('cache-control', forbidden[0]);
}

function refuseWithoutCacheControl(headers: HeaderValues): Refusal | undefined {
  if (/\bno-cache\b/i.test(headerText(headers, 'pragma') ?? '')) return refuse('pragma');
  return headers.expires === undefined ? undefined : refuse('freshness', 'expires');
}

function refuseLifetimes(directives: readonly Directive[]): Refusal | undefined {
  const lifetimes = directives.filter(([name]) => LIFETIMES.has(name));
  for (const [name, value] of lifetimes) {
    if (!/^\d+$/.test(value) || Number(value) === 0) return refuse('cache-control', `${name}=${value}`);
    if (lifetimes.some(([other, different]) => other === name && different !== value))
      return refuse('cache-control', name);
  }
  return lifetimes.length === 0
    ? undefined
    : refuse('freshness', lifetimes.map((one) => one.join('=')).join(', '));
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
