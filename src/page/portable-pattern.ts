/** What JavaScript and PCRE read alike for ASCII texts: no Unicode classes, no look-around, no back references. */
const token =
  /\(\?:|\((?!\?)|\)|\||[*+?]\??|\{\d+(?:,\d*)?\}\??|[\^$.]|\\[dwDW]|\\[/.+*?()[\]{}|^$\\-]|\[\^?(?:[\w/.~@!&',;:=%+*()$?|{}-]|\\[dwDW/.[\]^\\-])+\]|[\w/~@!&',;:=%-]/gy;

/**
 * Returns the source for PCRE that finds in ASCII texts what the pattern finds; `undefined` if that is not certain. Its
 * groups do not capture.
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
  // `source` escapes every slash, even if its author did not.
  return end === source.length ? `(?${flags}:${translated.replaceAll('\\/', '/')})` : undefined;
}

/** PCRE's `$` also matches before a newline at the end. */
const anchors: Readonly<Record<string, string>> = { '^': '\\A', $: '\\z', '(': '(?:' };
