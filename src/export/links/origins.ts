import { isUtf8 } from 'node:buffer';

/** What the app calls itself, and what it is called where it is published. */
export interface PublishedOrigin {
  /** Origins that the app puts before its own paths. */
  readonly replaceOrigins: readonly string[];
  /** What takes their place, with the base behind it. */
  readonly url: string | undefined;
  readonly base: string;
}

const TEXT = /^text\/|[/+](?:json|xml)\b|javascript\b/i;

/**
 * Puts the published origin in the place of others, wherever they stand in a text: in links, feeds, sitemaps and data, also as
 * JSON and as the parameters of URLs escape them, and without their scheme. Bytes that are no text stay.
 */
export function replaceOrigins(
  body: Buffer,
  type: string,
  { replaceOrigins: origins, url, base }: PublishedOrigin,
): Buffer {
  if (url === undefined || origins.length === 0 || !TEXT.test(type)) return body;
  // Only ASCII is looked for and written, so bytes of other encodings pass as they are.
  const encoding = isUtf8(body) ? 'utf8' : 'latin1';
  let text = body.toString(encoding);
  for (const origin of origins)
    for (const [pattern, published] of spellingsOf(origin, `${url}${base}`))
      text = text.replace(pattern, () => published);
  return Buffer.from(text, encoding);
}

/** The origin's end is where no longer name or port follows. */
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
