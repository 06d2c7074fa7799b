import type { SyntheticResponse } from '../publish/render/response-reader.js';

/** What an island shows: HTML, or plain text, which never becomes HTML. */
export type IslandContent = string | { readonly text: string };

const TYPE = /^text\/(html|plain)\s*(?:;|$)/i;
const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]+)/i;

/** Returns the content of a response; `undefined` for another status, type or coding, and for an unknown charset. */
export function contentOf({ status, headers, body }: SyntheticResponse): IslandContent | undefined {
  const type = typeOf({ headers });
  const [, kind] = TYPE.exec(type) ?? [];
  const coding = String(headers['content-encoding'] ?? 'identity').toLowerCase();
  if (status !== 200 || kind === undefined || coding !== 'identity') return undefined;
  const text = decoded(body, CHARSET.exec(type)?.[1]);
  return text === undefined || kind.toLowerCase() === 'html' ? text : { text };
}

export function typeOf({ headers }: Pick<SyntheticResponse, 'headers'>): string {
  return String(headers['content-type'] ?? 'no Content-Type');
}

function decoded(body: Buffer, charset = 'utf-8'): string | undefined {
  try {
    return new TextDecoder(charset).decode(body);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Returns the HTML of a content in a page. It is never empty: nginx takes an empty island for one that failed. */
export function htmlOf(content: IslandContent): string {
  return (typeof content === 'string' ? content : escaped(content.text)) || ' ';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
