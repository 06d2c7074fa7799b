import { QuoteType, Tokenizer } from 'htmlparser2';
import { urlsOfSrcset } from '../../../page/srcset.js';
import { scanCss } from './css.js';
import { type Reference, shift } from './reference.js';

interface Attribute {
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

type Attributes = ReadonlyMap<string, Attribute>;

/** Attributes that name an asset, by element. */
const links: Readonly<Record<string, readonly string[]>> = {
  audio: ['src'],
  embed: ['src'],
  feimage: ['href', 'xlink:href'],
  image: ['href', 'xlink:href'],
  img: ['src'],
  input: ['src'],
  link: ['href'],
  object: ['data'],
  script: ['src', 'href', 'xlink:href'],
  source: ['src'],
  track: ['src'],
  use: ['href', 'xlink:href'],
  video: ['src', 'poster'],
};
const candidateLists: readonly string[] = ['srcset', 'imagesrcset'];
/** The values of `rel` with which a `<link>` loads an asset. With others, such as `canonical`, it refers to a page. */
const loading = /\b(?:stylesheet|icon|apple-touch-icon|mask-icon|manifest|preload|modulepreload|prefetch)\b/i;

export function scanHtml(text: string): readonly Reference[] {
  return scanMarkup(text, false);
}

export function scanSvg(text: string): readonly Reference[] {
  return scanMarkup(text, true);
}

/** Finds the URLs in attributes, style attributes and `<style>` elements. */
function scanMarkup(text: string, xmlMode: boolean): readonly Reference[] {
  const references: Reference[] = [];
  const markup = new MarkupReader(text, (element, attributes) =>
    references.push(...referencesOf(element, attributes, text)),
  );
  const tokenizer = new Tokenizer({ xmlMode, decodeEntities: true }, markup);
  tokenizer.write(text);
  tokenizer.end();
  for (const { start, end } of markup.styles)
    references.push(...shift(scanCss(text.slice(start, end)), start));
  return references;
}

/** Collects the tokens of each element. */
class MarkupReader {
  readonly styles: { start: number; end: number }[] = [];
  readonly #text: string;
  readonly #onElement: (element: string, attributes: Attributes) => void;
  #element = '';
  #attributes = new Map<string, Attribute>();
  #name = '';
  #start = -1;
  #end = -1;
  #value = '';
  #inStyle = false;

  constructor(text: string, onElement: (element: string, attributes: Attributes) => void) {
    this.#text = text;
    this.#onElement = onElement;
  }

  onopentagname(start: number, end: number): void {
    this.#element = this.#text.slice(start, end).toLowerCase();
    this.#attributes = new Map();
  }

  onattribname(start: number, end: number): void {
    this.#name = this.#text.slice(start, end).toLowerCase();
    this.#start = -1;
    this.#value = '';
  }

  onattribdata(start: number, end: number): void {
    if (this.#start === -1) this.#start = start;
    this.#end = end;
    this.#value += this.#text.slice(start, end);
  }

  onattribentity(codePoint: number): void {
    // If an entity comes first, the tokenizer does not report its start: such an attribute stays as it is.
    if (this.#start === -1) this.#start = Number.NaN;
    this.#value += String.fromCodePoint(codePoint);
  }

  onattribend(quote: QuoteType, end: number): void {
    if (quote === QuoteType.NoValue || !(this.#start >= 0)) return;
    const isQuoted = quote === QuoteType.Double || quote === QuoteType.Single;
    const last = isQuoted && /["']/.test(this.#text.charAt(end - 1)) && end - 1 >= this.#end ? end - 1 : end;
    this.#attributes.set(this.#name, {
      start: this.#start,
      end: Math.max(last, this.#end),
      value: this.#value,
    });
  }

  onopentagend(): void {
    this.#onElement(this.#element, this.#attributes);
    this.#inStyle = this.#element === 'style';
  }

  onselfclosingtag(): void {
    this.#onElement(this.#element, this.#attributes);
  }

  ontext(start: number, end: number): void {
    if (!this.#inStyle) return;
    const last = this.styles.at(-1);
    if (last?.end === start) last.end = end;
    else this.styles.push({ start, end });
  }

  oncdata(start: number, end: number, offset: number): void {
    this.ontext(start, end - offset);
  }

  onclosetag(): void {
    this.#inStyle = false;
  }

  ontextentity(): void {}
  oncomment(): void {}
  ondeclaration(): void {}
  onprocessinginstruction(): void {}
  onend(): void {}
}

function referencesOf(element: string, attributes: Attributes, text: string): Reference[] {
  const isPage = element === 'link' && !loading.test(attributes.get('rel')?.value ?? '');
  if (isPage) return [];
  const names = Object.hasOwn(links, element) ? (links[element] ?? []) : [];
  return [...attributes].flatMap(([name, attribute]) => {
    if (names.includes(name)) return [linkOf(attribute, text)];
    const isPlain = text.slice(attribute.start, attribute.end) === attribute.value;
    if (candidateLists.includes(name) && isPlain) return candidatesOf(attribute);
    return name === 'style' && isPlain ? shift(scanCss(attribute.value), attribute.start) : [];
  });
}

function linkOf({ start, end, value }: Attribute, text: string): Reference {
  const isPlain = text.slice(start, end) === value;
  const write = (next: string) =>
    isPlain ? next : next.replace(/[&"'<>]/g, (one) => `&#${one.charCodeAt(0)};`);
  return { start, end, url: value.trim(), kind: 'link', write };
}

/** Returns the images of a srcset. */
function candidatesOf({ start, value }: Attribute): Reference[] {
  return urlsOfSrcset(value).map((url) => ({
    start: start + url.start,
    end: start + url.end,
    url: value.slice(url.start, url.end),
    kind: 'link',
    write: (next: string) => next,
  }));
}
