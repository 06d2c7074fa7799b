import { isUtf8 } from 'node:buffer';
import { Parser } from 'htmlparser2';
import { scanCss } from '../../assets/collect/rewrite/css.js';
import { urlsOfSrcset } from '../../page/srcset.js';
import { isHtmlType, withBase } from '../files/layout.js';
import { escapeHtml } from '../files/redirect-page.js';

/** Attributes that hold one URL. */
const single = new Set(['href', 'xlink:href', 'src', 'action', 'formaction', 'poster', 'data', 'cite']);
const lists = new Set(['srcset', 'imagesrcset']);

/**
 * Puts a base before the paths that a page or a style sheet links to: `/about` becomes `/blog/about`. Paths that are
 * under the base already, relative links and other hosts stay; so do texts, scripts and all other types.
 */
export function rebase(body: Buffer, type: string, base: string): Buffer {
  if (base === '') return body;
  // Only ASCII is searched for and written, so bytes of other encodings stay as they are.
  const encoding = isUtf8(body) ? 'utf8' : 'latin1';
  if (isHtmlType(type)) return Buffer.from(rebaseHtml(body.toString(encoding), base), encoding);
  if (!/^text\/css\b/i.test(type)) return body;
  return Buffer.from(rebaseCss(body.toString(encoding), base), encoding);
}

interface Attribute {
  readonly name: string;
  /** The value without quotes, and with entities decoded. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

interface Rewriting {
  readonly value: string;
  readonly rebased: string;
  readonly base: string;
}

const NEEDS_ENTITIES = /[&"'<>`=]/;

function rebaseHtml(html: string, base: string): string {
  const edits: (readonly [start: number, end: number, text: string])[] = [];
  let attributes: Attribute[] = [];
  let inStyle = false;
  const parser = new Parser({
    onattribute: (name, value) =>
      void attributes.push({ name, value, start: parser.startIndex, end: parser.endIndex }),
    onopentag(element, { 'http-equiv': equivalent = '' }) {
      const isRefresh = element === 'meta' && equivalent.toLowerCase() === 'refresh';
      for (const { name, value, start, end } of attributes) {
        const rebased = rebaseValue(name, value, { base, isRefresh });
        if (rebased === value) continue;
        edits.push([start, end, rewrite(html.slice(start, end), { value, rebased, base })]);
      }
      attributes = [];
      inStyle = element === 'style';
    },
    ontext(text) {
      if (inStyle) edits.push([parser.startIndex, parser.endIndex + 1, rebaseCss(text, base)]);
    },
    onclosetag: () => {
      inStyle = false;
    },
  });
  parser.end(html);
  return applyEdits(html, edits);
}

/** Writes an attribute with another value: spelled as before, or, if it has entities, with those that it needs. */
function rewrite(attribute: string, { value, rebased, base }: Rewriting): string {
  const [, before = '', quote = ''] = /^([^=]*=\s*)(["']?)/.exec(attribute) ?? [];
  const spelled = attribute.slice(before.length + quote.length, quote === '' ? undefined : -1);
  if (spelled === value && !NEEDS_ENTITIES.test(base)) return `${before}${quote}${rebased}${quote}`;
  const escaped = escapeHtml(rebased).replace(/[^\0-\xff]/gu, (one) => `&#${one.codePointAt(0)};`);
  return `${before}"${escaped}"`;
}

function rebaseValue(
  name: string,
  value: string,
  { base, isRefresh }: { readonly base: string; readonly isRefresh: boolean },
): string {
  if (single.has(name)) return rebaseUrl(value, base);
  if (lists.has(name)) return rebaseSrcset(value, base);
  if (name === 'content' && isRefresh)
    return value.replace(
      /(url\s*=\s*["']?)(\/(?![/\\])[^\s"']*)/i,
      (_all, before, path) => before + withBase(path, base),
    );
  return name === 'style' ? rebaseCss(value, base) : value;
}

/** Puts the base before a path. Browsers read `/\` as `//`, which names another host. */
function rebaseUrl(written: string, base: string): string {
  const url = written.trim();
  return /^\/(?![/\\])/.test(url) ? withBase(url, base) : written;
}

function rebaseSrcset(text: string, base: string): string {
  const edits = urlsOfSrcset(text).map(
    ({ start, end }) => [start, end, rebaseUrl(text.slice(start, end), base)] as const,
  );
  return applyEdits(text, edits);
}

function rebaseCss(css: string, base: string): string {
  const edits = scanCss(css).flatMap(({ kind, url, start, end, write }) => {
    const rebased = rebaseUrl(url, base);
    return kind !== 'link' || rebased === url ? [] : [[start, end, write(rebased)] as const];
  });
  return applyEdits(css, edits);
}

/** Applies edits, which are in the order of the text and do not overlap. */
function applyEdits(text: string, edits: readonly (readonly [number, number, string])[]): string {
  let [result, position] = ['', 0];
  for (const [start, end, replacement] of edits) {
    result += text.slice(position, start) + replacement;
    position = end;
  }
  return result + text.slice(position);
}
