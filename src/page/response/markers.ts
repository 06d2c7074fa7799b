/** Fields in which frameworks put a token of the visitor's session. If a field is an island, the page has no token. */
export const defaultBodyMarkers: readonly string[] = Object.freeze(
  [
    ...[
      '_csrf',
      'csrf',
      'csrf_token',
      'csrf-token',
      'csrfToken',
      '_csrf_token',
      'csrfmiddlewaretoken',
      '_token',
    ],
    ...['authenticity_token', '__RequestVerificationToken', '_xsrf', 'xsrf-token', '_wpnonce'],
  ].map((name) => `name="${name}"`),
);

/** The markers of one list, compiled when the list is first used. */
interface CompiledMarkers {
  /** Finds a tag that has one of the names of fields. */
  readonly field: RegExp | undefined;
  readonly texts: readonly string[];
}

const compiled = new WeakMap<readonly string[], CompiledMarkers>();
const fieldMarker = /^name="([\w.:[\]-]+)"$/;

/**
 * Returns a marker of the site that a body has: a text, or `name="…"`, which means a field of that name in any spelling
 * that HTML allows. Escaped HTML, which only shows how to write a field, is not a field.
 */
export function findMarker(body: Uint8Array, markers: readonly string[]): string | undefined {
  const { field, texts } = compiled.get(markers) ?? compileMarkers(markers);
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = texts.find((marker) => bytes.includes(marker));
  if (text !== undefined || field === undefined) return text;
  const found = fieldIn(bytes.toString('latin1'), field)?.toLowerCase();
  return found && markers.find((marker) => marker.toLowerCase() === `name="${found}"`);
}

/** Returns the name of the first field that has, or may have, a value in the page. */
function fieldIn(html: string, pattern: RegExp): string | undefined {
  for (const match of html.matchAll(pattern)) {
    const tag = TAG.exec(html.slice(match.index))?.[0] ?? '';
    if (!ISLAND.test(tag) || HAS_VALUE.test(tag)) return match.groups?.field;
  }
  return undefined;
}

function compileMarkers(markers: readonly string[]): CompiledMarkers {
  const names = markers.flatMap((marker) => fieldMarker.exec(marker)?.[1] ?? []);
  const texts = markers.filter((marker) => !fieldMarker.test(marker));
  const result = { field: names.length === 0 ? undefined : compileField(names), texts };
  compiled.set(markers, result);
  return result;
}

/** Attributes before the name, quoted or not. No field has more than these, and a tag without an end is not a tag. */
const OTHERS = `(?:"[^"]*"|'[^']*'|[^<>"']){1,2000}?`;

/** A whole tag. If it does not end, nothing is known about it. */
const TAG = /^<(?:"[^"]*"|'[^']*'|[^<>"']){1,4000}>/;
/** A field whose value is fetched for each visitor. Not a `<textarea>`, which has its value after the tag. */
const ISLAND = /^<input\b[\s\S]*[\s"']data-island\s*=/i;
const HAS_VALUE = /[\s"'](?:value|content)\s*=\s*(?!["']{2}|[\s>])/i;

function compileField(names: readonly string[]): RegExp {
  const name = names.map((one) => one.replace(/[.[\]]/g, '\\$&')).join('|');
  const value = `(?<quote>["']?)(?<field>${name})\\k<quote>(?=[\\s>/"'])`;
  return new RegExp(
    `<(?:input|meta|button|textarea|select)(?=[\\s/])${OTHERS}(?<=[\\s/"'])name\\s*=\\s*${value}`,
    'gi',
  );
}
