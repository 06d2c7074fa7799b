/** `*` stands for every coding that is not named; identity is acceptable unless it is refused (RFC 9110 §12.5.3). */
const ANY = '*';

/** Browsers send a few different ones; those that others make up must not fill the memory. */
const MAX_KNOWN = 100;
const MAX_KNOWN_LENGTH = 100;
const known = new Map<string, ReadonlyMap<string, number>>();

/**
 * Returns the codings of `available` that a client accepts, best first: by its weights, then in the order given.
 * `identity` is not among them: it is what remains.
 */
export function preferredCodings<Coding extends string>(
  header: string | undefined,
  available: readonly Coding[],
): readonly Coding[] {
  if (header === undefined || available.length === 0) return [];
  const weights = weightsIn(header);
  const weightOf = (coding: string) => weights.get(coding) ?? weights.get(ANY) ?? 0;
  const identity = weights.get('identity') ?? 0;
  return available
    .filter((coding) => weightOf(coding) > 0 && weightOf(coding) >= identity)
    .sort((a, b) => weightOf(b) - weightOf(a));
}

function weightsIn(header: string): ReadonlyMap<string, number> {
  const found = known.get(header);
  if (found !== undefined) return found;
  const weights = parseWeights(header);
  if (known.size >= MAX_KNOWN) known.clear();
  if (header.length <= MAX_KNOWN_LENGTH) known.set(header, weights);
  return weights;
}

function parseWeights(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const item of header.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim());
    if (coding !== '') weights.set(coding.replace(/^x-gzip$/, 'gzip'), weightFrom(parameters));
  }
  return weights;
}

/** Returns the weight of a coding; 0 if it is malformed, so that the coding is left out. */
function weightFrom(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
  if (weight === undefined) return 1;
  return /^q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight) ? Number(weight.slice(2)) : 0;
}
