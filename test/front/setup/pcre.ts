/**
 * Converts a pattern that JavaScript could read except for `\A` and possessive quantifiers. Without these, a match only
 * takes longer.
 */
export function fromPcre(source: string, flags: string): RegExp {
  return new RegExp(source.replaceAll('\\A', '^').replace(/([*+])\+/g, '$1'), flags);
}
