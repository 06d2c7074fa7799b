/**
 * What distinguishes the representations of one URL, in its canonical spelling: `language=de;currency=EUR`. Names and values
 * need no escape, so it can be the name of a folder. No path or query has the mark before it, so it is never ambiguous.
 */

/** The name of a dimension; nginx variables have it in their names. */
export const variantNamePattern = /^[a-z][a-z0-9_]{0,31}$/;

export const variantValuePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

/** Separates the variant from the path and the query in the identity of a page. */
export const VARIANT_MARK = '>';

/** The folder name of a variant begins with this. That of a query does too, but has no `=`. */
const FOLDER_MARK = ';';

/** The longest name of a folder, in bytes, on the file systems in use. */
const MAX_FOLDER_LENGTH = 255;

const pair = '[a-z][a-z0-9_]*=[A-Za-z0-9][A-Za-z0-9_-]*';
const canonical = new RegExp(`^${pair}(?:;${pair})*$`);

/** Whether a text is a variant, for some rule. */
export function isCanonicalVariant(text: string): boolean {
  return canonical.test(text) && FOLDER_MARK.length + text.length <= MAX_FOLDER_LENGTH;
}

/** Returns the variant that has these values, by dimension, in the order of the option. */
export function printVariant(values: readonly (readonly [name: string, value: string])[]): string {
  return values.map(([name, value]) => `${name}=${value}`).join(';');
}

/** Returns the values of a variant, by dimension. */
export function valuesOfVariant(variant: string): Readonly<Record<string, string>> {
  const pairs = variant.split(';').map((one) => one.split('='));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
}

/** Returns the folder of all pages of a variant, below that of their host. */
export function variantFolder(variant: string): string {
  return `${FOLDER_MARK}${variant}`;
}

/** Splits the name of a file into the variant whose folder it is in, and the file below that. */
export function splitVariantFolder(file: string): {
  readonly variant: string | undefined;
  readonly file: string;
} {
  const [, variant, below] = /^;([^/]*=[^/]*)\/(.*)$/s.exec(file) ?? [];
  return { variant, file: below ?? file };
}
