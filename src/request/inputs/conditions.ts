import type { IncomingMessage } from 'node:http';
import { type HeaderValues, headerText } from '../../page/response/headers.js';

/** The conditions of a visitor who has an older response, and wants a new one only if it differs. */
export interface Conditions {
  /** Whether the visitor already has what a response with these headers contains. */
  isMet(response: HeaderValues): boolean;
  /** Gives the request its conditions back. */
  restore(): void;
}

const names = ['if-none-match', 'if-modified-since'];

/**
 * Takes the conditions from a request, so that the app answers with the whole page and not with a 304, which could be
 * served to no one else (RFC 9111 §4.3.1). Returns `undefined` if there are none.
 */
export function takeConditions(request: IncomingMessage): Conditions | undefined {
  const { headers, rawHeaders } = request;
  const taken = names.filter((name) => Object.hasOwn(headers, name));
  if (taken.length === 0) return undefined;
  const given = Object.fromEntries(taken.map((name) => [name, headers[name]]));
  // An adapter may have made them unchangeable; then the app judges by itself.
  if (!taken.every((name) => Reflect.deleteProperty(headers, name))) return undefined;
  // Node counts the lines, so they stay. An empty value matches nothing.
  const lines = [...rawHeaders];
  const isValue = (index: number) =>
    index % 2 === 1 && names.includes((lines[index - 1] ?? '').toLowerCase());
  const emptied = lines.map((line, index) => (isValue(index) ? '' : line));
  rawHeaders.splice(0, lines.length, ...emptied);
  return {
    isMet: (response) => !wantsReload(headers) && isMet(given, response),
    restore: () => {
      Object.assign(headers, given);
      rawHeaders.splice(0, rawHeaders.length, ...lines);
    },
  };
}

/** Whether a visitor wants a reload from the origin, which gets the whole response, as from Express. */
function wantsReload({ 'cache-control': cacheControl }: IncomingMessage['headers']): boolean {
  return cacheControl !== undefined && /(?:^|[,\s])no-cache(?:[,\s]|$)/i.test(cacheControl);
}

/** Compares by tag if there is one, otherwise by date (RFC 9110 §13.2.2). */
function isMet(conditions: IncomingMessage['headers'], response: HeaderValues): boolean {
  const tags = conditions['if-none-match'];
  const entityTag = headerText(response, 'etag');
  if (tags !== undefined) return tags.trim() === '*' || hasTag(tags, entityTag);
  const [since, modified] = [conditions['if-modified-since'], headerText(response, 'last-modified')];
  // An invalid date matches nothing.
  return Date.parse(modified ?? '') <= Date.parse(since ?? '');
}

/** Compares weakly (RFC 9110 §13.1.2). */
function hasTag(tags: string, entityTag: string | undefined): boolean {
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return entityTag !== undefined && tags.split(',').some((tag) => opaque(tag) === opaque(entityTag));
}
