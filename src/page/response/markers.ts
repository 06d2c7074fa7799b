/** Fields in which frameworks put a token of the visitor's session. */
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
  const found = field.exec(bytes.toString('latin1'))?.groups?.field?.toLowerCase();
  return found && markers.find((marker) => marker.toLowerCase() === `name="${found}"`);
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

function compileField(names: readonly string[]): RegExp {
  const name = names.map((one) => one.replace(/[.[\]]/g, '\\$&')).join('|');
  const value = `(?<quote>["']?)(?<field>${name})\\k<quote>(?=[\\s>/"'])`;
  return new RegExp(
    `<(?:input|meta|button|textarea|select)(?=[\\s/])${OTHERS}(?<=[\\s/"'])name\\s*=\\s*${value}`,
    'i',
  );
}
