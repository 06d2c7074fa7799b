/** A pattern that JavaScript could read but for `\A` and quantifiers that give nothing back; without those it only takes longer. */
export function fromPcre(source: string, flags: string): RegExp {
  return new RegExp(source.replaceAll('\\A', '^').replace(/([*+])\+/g, '$1'), flags);
}
