import type { Request } from 'express';

const WORDS =
  'once upon a time there was a page that was rendered for every visitor until somebody kept it in a file'.split(
    ' ',
  );

/** Returns the path of a request as it was sent. */
export function pathOf({ originalUrl }: Request): string {
  return originalUrl.split('?', 1)[0] ?? '';
}

/** Returns a page that shows its URL, so that a page served for another URL is noticed. */
export function htmlOf(request: Request, title: string, more = ''): string {
  const text = `<!doctype html>\n<title>${title}</title>\n<p>${escapeHtml(pathOf(request))}</p>\n${more}`;
  return `${text}\n${fillerFor(pathOf(request))}`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Makes some pages large enough to be compressed, and others not. The path decides. */
function fillerFor(path: string): string {
  const sum = [...path].reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  return sum % 3 === 0 ? '' : textOf(200 + (sum % 7) * 600);
}

const texts = new Map<number, string>();

/** Returns text of about this many characters. */
export function textOf(length: number): string {
  const text = texts.get(length) ?? makeText(length);
  texts.set(length, text);
  return text;
}

function makeText(length: number): string {
  const words: string[] = [];
  for (let size = 0, index = 0; size < length; index += 1) {
    const word = WORDS[(index * 7 + (index >> 3)) % WORDS.length] ?? '';
    words.push(word);
    size += word.length + 1;
  }
  return words.join(' ');
}

/** Returns bytes that no coding makes smaller. */
export function noiseOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0, state = 1; index < length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    bytes[index] = state >>> 16;
  }
  return bytes;
}
