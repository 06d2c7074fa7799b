import type { OptionReader } from '../option-reader.js';
import { type PageTypes, resolveTypes } from '../page/response/types.js';

/** Reads the Content-Types of the site, by extension and by path. */
export function readTypes(read: OptionReader): PageTypes {
  const given = read.record('types', 'an object of extensions or paths, and types');
  return resolveTypes(given, (name, expected, value) =>
    read.refuse(name === undefined ? 'types' : `types.${name}`, expected, value),
  );
}
