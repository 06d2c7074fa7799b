import type { Extension } from '../grammar.js';
import { extensionsOf, type PagePath } from '../layout.js';
import { type Refusal, refuse } from '../reasons.js';
import { compileBypassing } from '../request/bypass-headers.js';
import { judgeFreshness } from './cache-control.js';
import {
  type DeclaredHeaders,
  differingHeaders,
  type HeaderLine,
  type HeaderValues,
  headerText,
  isDigest,
  replayedHeaders,
} from './headers.js';

/** What the head of a response says; header names in lower case. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: HeaderValues;
  /** When it left, in milliseconds since 1970: what Expires is compared with. */
  readonly at: number;
}

/** What decides about responses. */
export interface ResponseRuleOptions {
  /** The Content-Type that a file of each extension is served with. */
  readonly types: Readonly<Record<Extension, string>>;
  readonly headers: DeclaredHeaders;
  /** The request headers that bypass, in lower case. */
  readonly bypassHeaders: readonly string[];
}

/** Content codings that can be undone, because identity bytes are what is stored. */
export const undoableCodings = Object.freeze(['gzip', 'x-gzip', 'br', 'deflate'] as const);
export type UndoableCoding = (typeof undoableCodings)[number];

export interface Storable {
  readonly extension: Extension;
  /** The coding of the body's bytes, to be undone before they are stored. */
  readonly coding: UndoableCoding | undefined;
  /** Headers that nginx would not repeat. None: nginx may serve the page; else only Node, which replays them. */
  readonly nodeOnly: readonly string[];
  /** What Node replays if it is the one that serves the page. */
  readonly headers: readonly HeaderLine[];
  /** When the page has to have left the disk, in milliseconds since 1970; undefined: when it is invalidated. */
  readonly expiresAt: number | undefined;
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
  const varied = otherVariedNames(head.headers);
  const refusal = refuseHead(head) ?? refuseVary(head.headers, varied, options);
  if (refusal !== undefined) return { refusal };
  const { headers, at } = head;
  const freshness = judgeFreshness(headers, options.headers.get('cache-control')?.value, at);
  if ('refusal' in freshness) return freshness;
  const contentType = headerText(headers, 'content-type');
  const extension = extensionsOf(page).find((one) => isSameType(options.types[one], contentType));
  if (extension === undefined) return { refusal: refuse('content-type', contentType ?? 'none') };
  const coding = undoableCodings.find((one) => one === codingOf(headers));
  // nginx says Accept-Encoding alone, and caches that lie before it have to know the rest.
  const vary: readonly HeaderLine[] = varied.length === 0 ? [] : [['vary', varied.join(', ')]];
  const nodeOnly = [...differingHeaders(headers, options.headers), ...vary.map(([name]) => name)];
  const { expiresAt, madeAt } = freshness;
  const replayed = replayedHeaders(headers);
  // Age and Expires count from the time at which the response was made (RFC 9111 §4.2), which is not when it was stored.
  const date: readonly HeaderLine[] =
    expiresAt === undefined ? [] : [['date', new Date(madeAt).toUTCString()]];
  return { store: { extension, coding, nodeOnly, headers: [...replayed, ...vary, ...date], expiresAt } };
}

function refuseHead({ status, headers }: ResponseHead): Refusal | undefined {
  if (status !== 200) return refuse('status', String(status));
  if (headers['set-cookie'] !== undefined) return refuse('set-cookie');
  if (headers.age !== undefined) return refuse('age');
  if (headers['content-range'] !== undefined) return refuse('content-range');
  if (headers.trailer !== undefined) return refuse('trailer');
  const coding = codingOf(headers);
  if (coding !== 'identity' && !undoableCodings.some((one) => one === coding)) {
    return refuse('content-encoding', coding);
  }
  const digest = Object.keys(headers).find((name) => isDigest(name) && headers[name] !== undefined);
  if (coding !== 'identity' && digest !== undefined)
    return refuse('content-encoding', `${coding}, ${digest}`);
  const transfer = headerText(headers, 'transfer-encoding') ?? 'chunked';
  // Node cuts the chunks, but what the app has done to the bytes before is the app's secret.
  if (transfer.trim().toLowerCase() !== 'chunked') return refuse('content-encoding', transfer);
  return refuseNonce(headers);
}

/** What a response varies by beside the coding, which is always made anew. */
function otherVariedNames(headers: HeaderValues): readonly string[] {
  const names = (headerText(headers, 'vary') ?? '').split(',').map((name) => name.trim());
  return names.filter((name) => name !== '' && name.toLowerCase() !== 'accept-encoding');
}

/** No page answers a request with a header that bypasses, so to vary by it makes no difference to pages. */
function refuseVary(
  headers: HeaderValues,
  varied: readonly string[],
  { bypassHeaders }: ResponseRuleOptions,
): Refusal | undefined {
  if (varied.length === 0) return undefined;
  const isBypassing = compileBypassing(bypassHeaders);
  if (varied.every((name) => isBypassing(name.toLowerCase()))) return undefined;
  return refuse('vary', headerText(headers, 'vary'));
}

/** A nonce that is served twice protects nobody (CSP Level 3, §7.1). */
function refuseNonce(headers: HeaderValues): Refusal | undefined {
  const policies = ['content-security-policy', 'content-security-policy-report-only'];
  const nonce = policies.find((name) => headerText(headers, name)?.toLowerCase().includes("'nonce-"));
  return nonce === undefined ? undefined : refuse('csp-nonce', nonce);
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

/** The first of the site's markers that a body holds: a CSRF field, say, which is about one visitor. */
export function findMarker(body: Uint8Array, markers: readonly string[]): string | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return markers.find((marker) => bytes.includes(marker));
}

/** Fields in which frameworks put a token of the visitor's session. */
export const defaultBodyMarkers: readonly string[] = Object.freeze([
  ...[
    'name="_csrf"',
    'name="csrf_token"',
    'name="csrf-token"',
    'name="csrfmiddlewaretoken"',
    'name="_token"',
  ],
]);
