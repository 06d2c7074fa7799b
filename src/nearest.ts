/** How many names are suggested. */
const MAX_NAMES = 3;
/** Beyond a third of its length, a name was not misspelt but another one meant. */
const MAX_SHARE = 3;

/** The known names that a misspelt one may have meant, the nearest first. */
export function nearestNames(name: string, known: Iterable<string>): readonly string[] {
  const limit = Math.max(2, Math.floor(name.length / MAX_SHARE));
  const base = baseOf(name);
  return [...known]
    .map((candidate) => ({ candidate, distance: rank(name, base, candidate) }))
    .filter(({ distance }) => distance <= limit && distance < name.length)
    .sort((one, other) => one.distance - other.distance || (one.candidate < other.candidate ? -1 : 1))
    .slice(0, MAX_NAMES)
    .map(({ candidate }) => candidate);
}

/** The same file in another folder is as near as one mistyped letter. */
function rank(name: string, base: string, candidate: string): number {
  return baseOf(candidate) === base ? 1 : editDistance(name.toLowerCase(), candidate.toLowerCase());
}

function baseOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Levenshtein's: how many letters have to be added, removed or replaced. */
function editDistance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + Number(one[row - 1] !== other[column - 1]);
      current.push(Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[other.length] ?? 0;
}
