import { Parser } from 'htmlparser2';
import { isHtmlType } from './layout.js';

/** Attributes that hold one URL. */
const single = new Set(['href', 'xlink:href', 'src', 'action', 'formaction', 'poster', 'data', 'cite']);
const lists = new Set(['srcset', 'imagesrcset']);

/**
 * Puts a base before the paths that a page or a style sheet links to: `/about` becomes `/blog/about`. What lies under the
 * base already, relative links and other hosts stay; so do texts, scripts and all other types.
 */
export function rebase(body: Buffer, type: string, base: string): Buffer {
  if (base === '') return body;
  if (isHtmlType(type)) return Buffer.from(rebaseHtml(body.toString(), base));
  return /^text\/css\b/i.test(type) ? Buffer.from(rebaseCss(body.toString(), base)) : body;
}

/** A path with its base, unless it has it. */
export function withBase(path: string, base: string): string {
  return base === '' || isUnder(path, base) ? path : `${base}${path}`;
}

function isUnder(path: string, base: string): boolean {
  return path === base || (path.startsWith(base) && /^[/?#]/.test(path.slice(base.length)));
}

interface Attribute {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function rebaseHtml(html: string, base: string): string {
  const edits: (readonly [start: number, end: number, text: string])[] = [];
  let attributes: Attribute[] = [];
  let inStyle = false;
  const parser = new Parser({
    onattribute: (name) => void attributes.push({ name, start: parser.startIndex, end: parser.endIndex }),
    onopentag(element, { 'http-equiv': equivalent = '' }) {
      const isRefresh = element === 'meta' && equivalent.toLowerCase() === 'refresh';
      for (const { name, start, end } of attributes) {
        const [, before, value] = /^([^=]*=\s*["']?)(.*)$/s.exec(html.slice(start, end)) ?? [];
        if (before === undefined || value === undefined) continue;
        edits.push([start, end, before + rebaseValue(name, value, { base, isRefresh })]);
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

function rebaseValue(
  name: string,
  value: string,
  { base, isRefresh }: { readonly base: string; readonly isRefresh: boolean },
): string {
  if (single.has(name)) return value.replace(/^\s*\/(?!\/)[^\s"']*/, (path) => withBase(path.trim(), base));
  if (lists.has(name))
    return value.replace(/(^\s*|,\s+)(\/(?!\/)\S*)/g, (_all, before, path) => before + withBase(path, base));
  if (name === 'content' && isRefresh)
    return value.replace(
      /(url\s*=\s*["']?)(\/(?!\/)[^\s"']*)/i,
      (_all, before, path) => before + withBase(path, base),
    );
  return name === 'style' ? rebaseCss(value, base) : value;
}

function rebaseCss(css: string, base: string): string {
  return css.replace(
    /(url\(\s*["']?|@import\s+["'])(\/(?!\/)[^\s"')]*)/gi,
    (_all, before: string, path: string) => before + withBase(path, base),
  );
}

/** In the order of the text, none within another. */
function applyEdits(text: string, edits: readonly (readonly [number, number, string])[]): string {
  let [result, position] = ['', 0];
  for (const [start, end, replacement] of edits) {
    result += text.slice(position, start) + replacement;
    position = end;
  }
  return result + text.slice(position);
}
