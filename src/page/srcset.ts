/** Where a URL is in the text of a `srcset`. */
export interface SrcsetUrl {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the URLs of a `srcset` as browsers do (https://html.spec.whatwg.org/multipage/images.html#parse-a-srcset-attribute).
 * A comma may be part of a URL, and ends it only before a space or at the end. After a descriptor, it needs no space.
 */
export function urlsOfSrcset(text: string): readonly SrcsetUrl[] {
  const urls: SrcsetUrl[] = [];
  for (let position = 0; ; ) {
    const start = position + lengthOf(/[\t\n\f\r ,]*/y, text, position);
    const written = lengthOf(/[^\t\n\f\r ]+/y, text, start);
    if (written === 0) return urls;
    const end = endWithoutCommas(text, start + written);
    urls.push({ start, end });
    const hasEnded = end < start + written;
    position = start + written;
    // Commas within parentheses are part of a descriptor.
    if (!hasEnded) position += lengthOf(/(?:[^,(]|\([^)]*(?:\)|$))*/y, text, position);
  }
}

function lengthOf(pattern: RegExp, text: string, position: number): number {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0].length ?? 0;
}

function endWithoutCommas(text: string, end: number): number {
  let last = end;
  while (text[last - 1] === ',') last -= 1;
  return last;
}
