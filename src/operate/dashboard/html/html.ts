import { printable } from '../../views/formats.js';

/** Text that is HTML already. Only {@link html} and {@link join} create it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The values that a template accepts. `undefined` and `false` print nothing. */
export type Content = Html | string | number | undefined | false | readonly Content[];

/**
 * Makes HTML from a template, and escapes the values in it: for text, and for attributes in double quotes. Never put a
 * value into a name, a URL's scheme or a script.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(parts.map((part, index) => `${part}${textOf(values[index])}`).join(''));
}

/** Joins parts, with a text between them. */
export function join(parts: readonly Html[], between: string): Html {
  return new Html(parts.map(({ text }) => text).join(escapeText(between)));
}

function textOf(value: Content): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(textOf).join('');
  return escapeText(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Escapes text. Also escapes control characters, and characters that change the direction of text:
 * visitors may choose both.
 */
function escapeText(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
