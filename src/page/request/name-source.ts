const escapeLiteral = (text: string) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

/**
 * The source, for JavaScript and PCRE alike, of a name in which `*` stands for any number of the characters `any`. What lies
 * before the last star is matched in one way only: the first place that fits is as good as any other. So a name with many
 * stars takes time by the length of a text, not by a power of it.
 */
export function nameSource(name: string, any: string): string {
  const [start = '', ...afterStars] = name.replace(/\*+/g, '*').split('*').map(escapeLiteral);
  const last = afterStars.pop();
  const between = afterStars.map((text) => `(?:(?!${text})${any})*${text}`).join('');
  return start + between + (last === undefined ? '' : `${any}*${last}`);
}
