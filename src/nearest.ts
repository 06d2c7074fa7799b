/** The most names that are suggested. */
const MAX_NAMES = 3;
/** If more than a third of its letters differ, a name was not misspelled: another name was meant. */
const MAX_SHARE = 3;

/** Returns the known names that a misspelled one may have meant, the nearest first. */
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

/** A file of the same name in another folder is as near as one mistyped letter. */
function rank(name: string, base: string, candidate: string): number {
  return baseOf(candidate) === base ? 1 : editDistance(name.toLowerCase(), candidate.toLowerCase());
}

function baseOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** The Levenshtein distance: how many letters must be added, removed or replaced. */
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
