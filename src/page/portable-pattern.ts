/** What JavaScript and PCRE read alike, as far as the text is of ASCII: no class of Unicode, no look around, no back reference. */
const token =
  /\(\?:|\((?!\?)|\)|\||[*+?]\??|\{\d+(?:,\d*)?\}\??|[\^$.]|\\[dwDW]|\\[/.+*?()[\]{}|^$\\-]|\[\^?(?:[\w/.~@!&',;:=%+*()$?|{}-]|\\[dwDW/.[\]^\\-])+\]|[\w/~@!&',;:=%-]/gy;

/**
 * The source of a pattern for PCRE that finds in texts of ASCII what the pattern finds; undefined where that is not certain.
 * It has no capturing group that anybody may count on.
 */
export function portableSource({ source, flags }: RegExp): string | undefined {
  if (flags !== '' && flags !== 'i') return undefined;
  let translated = '';
  let end = 0;
  for (const { 0: one, index } of source.matchAll(token)) {
    if (index !== end) return undefined;
    translated += anchors[one] ?? one;
    end += one.length;
  }
  // In source a slash is escaped, whoever wrote it.
  return end === source.length ? `(?${flags}:${translated.replaceAll('\\/', '/')})` : undefined;
}

/** PCRE's `$` matches before a line's end too. */
const anchors: Readonly<Record<string, string>> = { '^': '\\A', $: '\\z', '(': '(?:' };
