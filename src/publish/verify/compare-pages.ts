import { isCompressible } from '../../files/compress.js';
import { type HeaderLine, type HeaderValues, headerText } from '../../page/response/headers.js';
import type { PageContent } from '../render/judge-rendered.js';
import { diffTexts } from './text-diff.js';

export interface HeaderDifference {
  readonly name: string;
  /** `undefined` if the stored page has no such header. */
  readonly stored: string | undefined;
  readonly rendered: string | undefined;
}

/** How two bodies differ: by lines or, if they are not text, by their sizes alone. */
export type BodyDifference =
  | { readonly diff: string }
  | { readonly binary: { readonly storedBytes: number; readonly renderedBytes: number } };

export interface ContentDifference {
  readonly headers: readonly HeaderDifference[];
  readonly body: BodyDifference | undefined;
}

/** How many lines of one diff are shown. */
const MAX_DIFF_LINES = 200;
/** Headers with a point in time, which differ with every render. */
const ignoredValues: ReadonlySet<string> = new Set(['expires', 'date']);

/**
 * Returns how a stored page differs from what was rendered now; `undefined` if it does not. What `ignored` matches in
 * texts does not count.
 */
export function compareContents(
  stored: PageContent,
  rendered: PageContent,
  ignored: readonly RegExp[],
): ContentDifference | undefined {
  const headers = compareHeaders(stored.headers, rendered.headers);
  const body = compareBodies(stored.body, rendered, ignored);
  return headers.length > 0 || body !== undefined ? { headers, body } : undefined;
}

function compareHeaders(
  stored: readonly HeaderLine[],
  rendered: readonly HeaderLine[],
): readonly HeaderDifference[] {
  const [before, after] = [valuesOf(stored), valuesOf(rendered)];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    const difference = { name, stored: headerText(before, name), rendered: headerText(after, name) };
    const isThereTwice = difference.stored !== undefined && difference.rendered !== undefined;
    const isIgnored = isThereTwice && ignoredValues.has(name);
    return difference.stored === difference.rendered || isIgnored ? [] : [difference];
  });
}

function valuesOf(lines: readonly HeaderLine[]): HeaderValues {
  return Object.fromEntries(lines.map(([name, value]) => [name.toLowerCase(), value]));
}

function compareBodies(
  stored: Buffer,
  { body: rendered, headers }: PageContent,
  ignored: readonly RegExp[],
): BodyDifference | undefined {
  if (stored.equals(rendered)) return undefined;
  const type = headerText(valuesOf(headers), 'content-type') ?? '';
  if (!isCompressible(type))
    return { binary: { storedBytes: stored.length, renderedBytes: rendered.length } };
  const [before, after] = [stored, rendered].map((bytes) => without(bytes.toString(), ignored));
  if (before === undefined || after === undefined || before === after) return undefined;
  return { diff: diffTexts(before, after, { names: ['stored', 'rendered'], maxLines: MAX_DIFF_LINES }) };
}

function without(text: string, ignored: readonly RegExp[]): string {
  return ignored.reduce((left, pattern) => left.replace(pattern, ''), text);
}
