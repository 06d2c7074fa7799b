import type { BrowsedPage, Position } from '../../ledger/overview/overview.js';
import { decodedPath } from '../../page/layout.js';
import type { Rules } from '../../page/rules.js';

/** Which pages a list shows. A field that is `undefined` excludes no page. */
export interface PageFilter {
  /** A part of the decoded path, in upper or lower case. */
  readonly search: string | undefined;
  /** The pattern of a rule. */
  readonly rule: string | undefined;
  readonly tag: string | undefined;
  /** A content type without parameters. */
  readonly type: string | undefined;
  readonly servedBy: 'nginx' | 'node' | undefined;
  readonly minBytes: number | undefined;
  /** Milliseconds: only pages that were stored at most this long ago. */
  readonly maxAge: number | undefined;
  /** Milliseconds: only pages that were stored at least this long ago. */
  readonly minAge: number | undefined;
}

/** The sizes and ages to choose from, by their value in the query. */
export const SIZES: ReadonlyMap<string, number> = new Map([
  ['10', 10 * 1024],
  ['100', 100 * 1024],
  ['1000', 1000 * 1024],
]);
const [MINUTE, HOUR] = [60_000, 3_600_000];
const AGES: ReadonlyMap<string, Pick<PageFilter, 'maxAge' | 'minAge'>> = new Map([
  ['new-5m', { maxAge: 5 * MINUTE, minAge: undefined }],
  ['new-1h', { maxAge: HOUR, minAge: undefined }],
  ['new-1d', { maxAge: 24 * HOUR, minAge: undefined }],
  ['old-1d', { maxAge: undefined, minAge: 24 * HOUR }],
  ['old-7d', { maxAge: undefined, minAge: 7 * 24 * HOUR }],
]);

const MAX_TEXT = 2_048;

/** Reads what a form has sent. Ignores values that no form sends. */
export function readFilter(query: URLSearchParams): PageFilter {
  const text = (name: string) => query.get(name)?.slice(0, MAX_TEXT) || undefined;
  const servedBy = text('served');
  return {
    ...{ search: text('q')?.trim() || undefined, rule: text('rule'), tag: text('tag'), type: text('type') },
    servedBy: servedBy === 'nginx' || servedBy === 'node' ? servedBy : undefined,
    minBytes: SIZES.get(text('size') ?? ''),
    ...(AGES.get(text('age') ?? '') ?? { maxAge: undefined, minAge: undefined }),
  };
}

/** Whether the filter lists all pages. */
export function isEmpty(filter: PageFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

export interface FilterParts {
  readonly rules: Pick<Rules, 'ruleOf'>;
  /** The content type that a page is sent with. */
  readonly typeOf: (page: BrowsedPage) => string;
}

/** Compiles a filter to a test of a page. The cheap tests come first. */
export function compileFilter(
  filter: PageFilter,
  { rules, typeOf }: FilterParts,
  now = Date.now(),
): (page: BrowsedPage) => boolean {
  const { search, rule, tag, type, servedBy, minBytes, maxAge, minAge } = filter;
  const part = search?.toLowerCase();
  return (page) =>
    (tag === undefined || page.isTagged) &&
    (servedBy === undefined || page.servedBy === servedBy) &&
    (minBytes === undefined || page.bytes >= minBytes) &&
    (maxAge === undefined || now - page.storedAt <= maxAge) &&
    (minAge === undefined || now - page.storedAt >= minAge) &&
    (part === undefined || decodeURIComponent(page.path).toLowerCase().includes(part)) &&
    (type === undefined || bareType(typeOf(page)) === type) &&
    (rule === undefined || String(rules.ruleOf(decodedPath(page.path))?.pattern) === rule);
}

/** Returns a content type without its parameters. */
export function bareType(type: string): string {
  return type.replace(/\s*;.*$/s, '').toLowerCase();
}

/** Prints the position where a list continues, for a URL. */
export function printPosition({ name, id }: Position): string {
  return `${id}.${name}`;
}

/** Reads a position. Returns the start of the list for a text that no list has printed. */
export function readPosition(text: string | null): Position {
  const [, id, name = ''] = /^(\d{1,15})\.(.*)$/s.exec(text ?? '') ?? [];
  return id === undefined ? { name: '', id: 0 } : { name, id: Number(id) };
}
