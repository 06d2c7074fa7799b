/**
 * Chooses a language by Accept-Language (RFC 9110 §12.5.4, with the lookup of RFC 4647 §3.4), and gives patterns by which a
 * server in front can decide some headers. For the others, the patterns match nothing; they never choose differently.
 */

/** A language that is offered: its value and its tag. */
export interface OfferedLanguage {
  readonly value: string;
  readonly tag: string;
}

export const languageTagPattern = /^[a-z]{1,8}(?:-[a-z0-9]{1,8}){0,4}$/i;

const RANGE = '[a-z]{1,8}(?:-[a-z0-9]{1,8})*|\\*';
const WEIGHT = '0(?:\\.[0-9]{0,3})?|1(?:\\.0{0,3})?';
const element = new RegExp(`^[ \\t]*(${RANGE})[ \\t]*(?:;[ \\t]*q=(${WEIGHT})[ \\t]*)?$`, 'i');

interface Range {
  /** In lower case. */
  readonly tag: string;
  readonly weight: number;
}

const ANY = '*';

/** Returns the value that a header chooses; `undefined` if it is none of those offered. Malformed elements are skipped. */
export function chooseLanguage(header: string, offered: readonly OfferedLanguage[]): string | undefined {
  const ranges = header.split(',').flatMap(readElement);
  // Of equal weights, the first wins: `sort` is stable.
  const wanted = ranges.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  for (const { tag } of wanted) {
    const found = tag === ANY ? unnamed(ranges, offered) : lookUp(tag, offered);
    if (found !== undefined) return found.value;
  }
  return undefined;
}

function readElement(text: string): readonly Range[] {
  const [, tag, weight = '1'] = element.exec(text) ?? [];
  return tag === undefined ? [] : [{ tag: tag.toLowerCase(), weight: Number(weight) }];
}

/** Finds the longest beginning of a range that is offered: `de-CH-1996`, `de-CH`, `de`. */
function lookUp(range: string, offered: readonly OfferedLanguage[]): OfferedLanguage | undefined {
  for (let tag = range; tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
    const found = offered.find((one) => one.tag.toLowerCase() === tag);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns what `*` stands for: the first language that no other range of the header means (RFC 9110 §12.5.4). */
function unnamed(ranges: readonly Range[], offered: readonly OfferedLanguage[]): OfferedLanguage | undefined {
  const named = new Set(ranges.filter(({ tag }) => tag !== ANY).map(({ tag }) => lookUp(tag, offered)));
  return offered.find((one) => !named.has(one));
}

/** PCREs for headers whose choice is certain. They ignore case. */
export interface CertainLanguages {
  /** The first that matches decides: its group has the tag of the chosen language. */
  readonly chosen: readonly [atFirst: string, inOrder: string];
  /** Matches headers that choose no language, if none of the above has matched. */
  readonly none: string;
}

/** `group` begins the group. Weights must have one digit, as browsers send them, and descend; `*` must be last. */
export function certainLanguages(offered: readonly OfferedLanguage[], group: string): CertainLanguages {
  const tags = offered.map(({ tag }) => tag).sort((a, b) => b.length - a.length);
  const tag = `[ \\t]*+${group}${tags.join('|')})(?:-[a-z0-9]{1,8}+)*+`;
  const range = '(?:[a-z]{1,8}+(?:-[a-z0-9]{1,8}+)*+|\\*)';
  const weighted = (weight: string) => `(?:[ \\t]*+${range}${weight}(?:,|\\z))*+`;
  const weights = ['(?:;q=1(?:\\.0)?)?', ...[9, 8, 7, 6, 5, 4, 3, 2, 1].map((digit) => `;q=0\\.${digit}`)];
  const ordered = `(?![^*]*+\\*[^,]*+,.)${weights.map(weighted).join('')}\\z`;
  return {
    // Nothing has priority over what comes first and has no weight.
    chosen: [`\\A${tag}(?:,|\\z)`, `\\A(?=${ordered})(?:[^,]*+,)*?${tag}(?:[;,]|\\z)`],
    none: `\\A${ordered}`,
  };
}
