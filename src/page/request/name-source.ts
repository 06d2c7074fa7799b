const escapeLiteral = (text: string) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

/**
 * Returns the source, for JavaScript and PCRE alike, of a name in which `*` stands for any number of the characters
 * `any`. What is before the last star matches in one way only: the first place that fits is as good as any other. So
 * with many stars, the time grows with the length of a text, not with a power of it.
 */
export function nameSource(name: string, any: string): string {
  const [start = '', ...afterStars] = name.replace(/\*+/g, '*').split('*').map(escapeLiteral);
  const last = afterStars.pop();
  const between = afterStars.map((text) => `(?:(?!${text})${any})*${text}`).join('');
  return start + between + (last === undefined ? '' : `${any}*${last}`);
}
