/** Fields in which frameworks put a token of the visitor's session. One that is an island has none in the page. */
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

/** Markers of one list, compiled when it is first used. */
interface CompiledMarkers {
  /** Names of fields, in a tag that has one of them. */
  readonly field: RegExp | undefined;
  readonly texts: readonly string[];
}

const compiled = new WeakMap<readonly string[], CompiledMarkers>();
const fieldMarker = /^name="([\w.:[\]-]+)"$/;

/**
 * A marker of the site that a body holds: a text, or `name="…"`, which is a field of that name in whatever spelling HTML
 * allows. What only shows how a field is written, escaped, is no field.
 */
export function findMarker(body: Uint8Array, markers: readonly string[]): string | undefined {
  const { field, texts } = compiled.get(markers) ?? compileMarkers(markers);
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = texts.find((marker) => bytes.includes(marker));
  if (text !== undefined || field === undefined) return text;
  const found = fieldIn(bytes.toString('latin1'), field)?.toLowerCase();
  return found && markers.find((marker) => marker.toLowerCase() === `name="${found}"`);
}

/** The name of the first field that has, or may have, a value in the page. */
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

/** Attributes before the name, in quotes or not; more of them than this no field has, and a tag without an end is none. */
const OTHERS = `(?:"[^"]*"|'[^']*'|[^<>"']){1,2000}?`;

/** A tag as a whole. Of one that does not end, nothing is known. */
const TAG = /^<(?:"[^"]*"|'[^']*'|[^<>"']){1,4000}>/;
/** A field whose value is fetched for each visitor; one of text has its value behind the tag. */
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
