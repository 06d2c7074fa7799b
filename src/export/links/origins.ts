import { isUtf8 } from 'node:buffer';

/** The origins that the app uses for itself, and the one under which it is published. */
export interface PublishedOrigin {
  /** Origins that the app puts before its own paths. */
  readonly replaceOrigins: readonly string[];
  /** The origin that replaces them, followed by the base. */
  readonly url: string | undefined;
  readonly base: string;
}

const TEXT = /^text\/|[/+](?:json|xml)\b|javascript\b/i;

/**
 * Replaces origins with the published one wherever they are in a text: in links, feeds, sitemaps and data, also as JSON
 * and the parameters of URLs escape them, and without their scheme. Bytes that are not text stay.
 */
export function replaceOrigins(
  body: Buffer,
  type: string,
  { replaceOrigins: origins, url, base }: PublishedOrigin,
): Buffer {
  if (url === undefined || origins.length === 0 || !TEXT.test(type)) return body;
  // Only ASCII is searched for and written, so bytes of other encodings stay as they are.
  const encoding = isUtf8(body) ? 'utf8' : 'latin1';
  let text = body.toString(encoding);
  for (const origin of origins)
    for (const [pattern, published] of spellingsOf(origin, `${url}${base}`))
      text = text.replace(pattern, () => published);
  return Buffer.from(text, encoding);
}

/** An origin ends where neither a longer name nor a port follows. */
function spellingsOf(origin: string, published: string): readonly (readonly [RegExp, string])[] {
  const inJson = (text: string) => text.replaceAll('/', '\\/');
  const withoutScheme = (text: string) => text.replace(/^https?:/, '');
  const pattern = (text: string, { before = '', flags = 'g' } = {}) =>
    new RegExp(`${before}${literal(text)}(?![\\w-]|[.:]\\w|%3[Aa]\\d)`, flags);
  return [
    [pattern(origin), published],
    [pattern(inJson(origin)), inJson(published)],
    [pattern(encodeURIComponent(origin), { flags: 'gi' }), encodeURIComponent(published)],
    [pattern(withoutScheme(origin), { before: '(?<=["\'(=,\\s])' }), withoutScheme(published)],
  ];
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
