import { refuseByCacheControl } from './cache-control.js';
import type { Extension } from './grammar.js';
import { type DeclaredHeaders, type HeaderValues, headerText, refuseHeaders } from './headers.js';
import { extensionsOf, type PagePath } from './layout.js';
import { type Refusal, refuse } from './reasons.js';

/** What the head of a response says; header names in lower case. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: HeaderValues;
}

/** What decides about responses. */
export interface ResponseRuleOptions {
  /** The Content-Type that a file of each extension is served with. */
  readonly types: Readonly<Record<Extension, string>>;
  readonly headers: DeclaredHeaders;
}

/** Content codings that can be undone, because identity bytes are what is stored. */
export const undoableCodings = Object.freeze(['gzip', 'x-gzip', 'br', 'deflate'] as const);
export type UndoableCoding = (typeof undoableCodings)[number];

export interface Storable {
  readonly extension: Extension;
  /** The coding of the body's bytes, to be undone before they are stored. */
  readonly coding: UndoableCoding | undefined;
}

export type ResponseDecision = { readonly store: Storable } | { readonly refusal: Refusal };

/**
 * May a response with this head become the page? The head is the app's own: without the Cache-Control that the
 * middleware adds where the app says nothing. The body is judged when it has ended.
 */
export function decideResponse(
  page: PagePath,
  head: ResponseHead,
  options: ResponseRuleOptions,
): ResponseDecision {
  const refusal = refuseHead(head, options);
  if (refusal !== undefined) return { refusal };
  const contentType = headerText(head.headers, 'content-type');
  const extension = extensionsOf(page).find((one) => isSameType(options.types[one], contentType));
  if (extension === undefined) return { refusal: refuse('content-type', contentType ?? 'none') };
  const coding = undoableCodings.find((one) => one === codingOf(head.headers));
  return { store: { extension, coding } };
}

function refuseHead({ status, headers }: ResponseHead, options: ResponseRuleOptions): Refusal | undefined {
  if (status !== 200) return refuse('status', String(status));
  if (headers['set-cookie'] !== undefined) return refuse('set-cookie');
  if (headers.age !== undefined) return refuse('age');
  if (headers['content-range'] !== undefined) return refuse('content-range');
  if (headers.trailer !== undefined) return refuse('trailer');
  const coding = codingOf(headers);
  if (coding !== 'identity' && !undoableCodings.some((one) => one === coding))
    return refuse('content-encoding', coding);
  return (
    refuseByCacheControl(headers, options.headers.get('cache-control')?.value) ??
    refuseVary(headers) ??
    refuseHeaders(headers, options.headers)
  );
}

function refuseVary(headers: HeaderValues): Refusal | undefined {
  const vary = headerText(headers, 'vary');
  const others = (vary ?? '')
    .split(',')
    .filter((name) => !['', 'accept-encoding'].includes(name.trim().toLowerCase()));
  return others.length === 0 ? undefined : refuse('vary', vary);
}

function codingOf(headers: HeaderValues): string {
  return headerText(headers, 'content-encoding')?.trim().toLowerCase() || 'identity';
}

/** Equal but for the case and the spaces around parameters (RFC 9110 §8.3.1). */
function isSameType(served: string, sent: string | undefined): boolean {
  const normalise = (type: string) =>
    type
      .toLowerCase()
      .replace(/\s*;\s*/g, ';')
      .replaceAll('"', '')
      .trim();
  return sent !== undefined && normalise(served) === normalise(sent);
}
