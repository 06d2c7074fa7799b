/**
 * What tells the representations of one URL apart, in its one canonical spelling: `language=de;currency=EUR`. Names and values need no
 * escape, so it can be the name of a folder. Neither a path nor a query has what parts it from them, so no page's can be read in two ways.
 */

/** A dimension's name; nginx has variables of it. */
export const variantNamePattern = /^[a-z][a-z0-9_]{0,31}$/;

export const variantValuePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

/** What parts the variant from the path and the query of a page, in the page's identity. */
export const VARIANT_MARK = '>';

/** What the folder of a variant begins with. The folder of a query does so too, and has no `=`. */
const FOLDER_MARK = ';';

/** No name of a folder is longer, in bytes, on the file systems in use. */
const MAX_FOLDER_LENGTH = 255;

const pair = '[a-z][a-z0-9_]*=[A-Za-z0-9][A-Za-z0-9_-]*';
const canonical = new RegExp(`^${pair}(?:;${pair})*$`);

/** Whether a text is a variant, for some rule. */
export function isCanonicalVariant(text: string): boolean {
  return canonical.test(text) && FOLDER_MARK.length + text.length <= MAX_FOLDER_LENGTH;
}

/** The variant that has these values, by dimension and in the order of the option. */
export function printVariant(values: readonly (readonly [name: string, value: string])[]): string {
  return values.map(([name, value]) => `${name}=${value}`).join(';');
}

/** The values of a variant, by dimension. */
export function valuesOfVariant(variant: string): Readonly<Record<string, string>> {
  const pairs = variant.split(';').map((one) => one.split('='));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
}

/** The folder that all pages of a variant lie in, below that of their host. */
export function variantFolder(variant: string): string {
  return `${FOLDER_MARK}${variant}`;
}

/** The variant whose folder a file lies in, and the file below it. */
export function splitVariantFolder(file: string): {
  readonly variant: string | undefined;
  readonly file: string;
} {
  const [, variant, below] = /^;([^/]*=[^/]*)\/(.*)$/s.exec(file) ?? [];
  return { variant, file: below ?? file };
}
