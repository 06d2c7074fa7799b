import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

export interface TextDiffOptions {
  /** The names in the head of the diff. */
  readonly names: readonly [before: string, after: string];
  /** Further lines are only counted. */
  readonly maxLines: number;
}

/** How many lines may be added or removed. The time to find them grows with their square, and no one reads so many. */
const MAX_EDITS = 1_000;
/** How many equal lines are shown around a difference. */
const CONTEXT_LINES = 3;
/** The length of a line that no one reads: minified markup. */
const LONG_LINE = 400;

/** Returns a unified diff. One long line of markup is split into elements, or else the whole page would differ. */
export function diffTexts(
  before: string,
  after: string,
  { names: [nameBefore, nameAfter], maxLines }: TextDiffOptions,
): string {
  const split = [before, after].some(hasLongLine) ? splitElements : (text: string) => text;
  const patch = createTwoFilesPatch(
    nameBefore,
    nameAfter,
    split(before),
    split(after),
    undefined,
    undefined,
    {
      context: CONTEXT_LINES,
      maxEditLength: MAX_EDITS,
      headerOptions: FILE_HEADERS_ONLY,
    },
  );
  if (patch === undefined)
    return `--- ${nameBefore}\n+++ ${nameAfter}\n(more than ${MAX_EDITS} lines differ)\n`;
  return cut(patch, maxLines);
}

function hasLongLine(text: string): boolean {
  return text.split('\n').some((line) => line.length > LONG_LINE);
}

function splitElements(text: string): string {
  return text.replaceAll('><', '>\n<');
}

function cut(patch: string, maxLines: number): string {
  const lines = patch.trimEnd().split('\n');
  const left = lines.length - maxLines;
  return left > 0
    ? `${lines.slice(0, maxLines).join('\n')}\n(${left} more lines)\n`
    : `${lines.join('\n')}\n`;
}
