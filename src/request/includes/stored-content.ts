import type { PagePath } from '../../page/layout.js';
import { type Refusal, refuse } from '../../page/reasons.js';
import { INCLUDES_SUFFIX } from '../../page/response/includes.js';
import type { Storable } from '../../page/response/rules.js';
import { isIncludingType, isTypeOfIncludes, type PageTypes } from '../../page/response/types.js';
import type { RenderIncludes } from './render-includes.js';

/** What is stored of a body. */
export interface StoredContent {
  readonly body: Buffer;
  /** What is appended to the name of its file: nothing, unless islands are put into the page while it is sent. */
  readonly suffix: '' | typeof INCLUDES_SUFFIX;
  /** Whether nginx would send it with the page's own type. */
  readonly isForNginx: boolean;
}

export interface ContentOf {
  readonly page: PagePath;
  readonly store: Pick<Storable, 'contentType'>;
  readonly types: PageTypes;
}

/** Returns what is stored of a rendered body, given as it would be sent. Without includes, this is the body itself. */
export function storedContent(
  includes: RenderIncludes | undefined,
  sent: Buffer,
  { page, store: { contentType }, types }: ContentOf,
): StoredContent | Refusal {
  const body = includes === undefined ? sent : includes.toStored(sent);
  if ('reason' in body) return body;
  // The app has written no mark, so the page has no islands, whatever else looks like a mark.
  if (includes?.isUsed !== true) return { body, suffix: '', isForNginx: true };
  if (!isIncludingType(contentType)) return refuse('include', contentType);
  return { body, suffix: INCLUDES_SUFFIX, isForNginx: isTypeOfIncludes(page, contentType, types) };
}
