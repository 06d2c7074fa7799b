import { printable } from '../../views/formats.js';

/** Text that is HTML already: only {@link html} and {@link join} make it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template. Nothing is left out for what is no value. */
export type Content = Html | string | number | undefined | false | readonly Content[];

/**
 * HTML with what is put into it escaped, for text and for attributes in double quotes. Never put a value where a name, a
 * URL's scheme or a script stands.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(parts.map((part, index) => `${part}${textOf(values[index])}`).join(''));
}

/** The same with something between the parts. */
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

/** Also what would change the direction of the text around it, and control characters, which visitors may choose. */
function escapeText(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
