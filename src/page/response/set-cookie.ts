/** Of a longer name, only the beginning is learned. */
const MAX_NAME_LENGTH = 64;

/**
 * Returns the names of the cookies that a response sets with HttpOnly: only the app reads them, so they probably
 * identify the visitor. Cookies that it removes are left out: an app may remove any cookie that it was sent. Characters
 * that no list of names can hold are `*` here.
 */
export function hiddenCookieNames(lines: readonly string[], now = Date.now()): readonly string[] {
  return [...new Set(lines.flatMap((line) => hiddenName(line, now)))];
}

function hiddenName(line: string, now: number): readonly string[] {
  const [pair = '', ...written] = line.split(';');
  const attributes = written.map((attribute) => attribute.trim().toLowerCase());
  const isHidden = attributes.some((attribute) => /^httponly\s*(?:=|$)/.test(attribute));
  if (!isHidden || isTakenAway(attributes, now)) return [];
  const name = nameIn(pair);
  // A name of stars alone would match every cookie.
  return /[^*]/.test(name) ? [name] : [];
}

/** Returns the name of a cookie; empty if it has none. */
function nameIn(pair: string): string {
  const name = /^([^=]*)=/.exec(pair)?.[1]?.trim() ?? '';
  const listed = name.replace(/[^\w!#$%&'+.^`|~-]+/g, '*');
  return listed.length > MAX_NAME_LENGTH ? `${listed.slice(0, MAX_NAME_LENGTH)}*` : listed;
}

/** Max-Age has priority over Expires (RFC 6265 §5.3), and the last of each counts. */
function isTakenAway(attributes: readonly string[], now: number): boolean {
  const maxAge = lastOf(attributes, /^max-age\s*=\s*(-?\d+)$/);
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  const expires = lastOf(attributes, /^expires\s*=(.*)$/);
  return expires !== undefined && Date.parse(expires) <= now;
}

function lastOf(attributes: readonly string[], pattern: RegExp): string | undefined {
  return attributes.flatMap((attribute) => pattern.exec(attribute)?.[1] ?? []).at(-1);
}
