import type { Extension } from '../grammar.js';
import type { PagePath } from '../layout.js';
import { type Refusal, refuse } from '../reasons.js';
import { isNavigation } from '../request/audience.js';
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
  variedNames,
} from './headers.js';
import { extensionFor, isPageType, type PageTypes } from './types.js';

/** What the head of a response says; header names in lower case. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: HeaderValues;
  /** When it was sent, in milliseconds since 1970; Expires is compared with it. */
  readonly at: number;
  /** The Accept of the request. Default: none. */
  readonly accept?: string;
  /** The request headers that choose the variant, in lower case. Default: none. */
  readonly choosing?: readonly string[];
  /** The tag of the language that the variant has. Default: none. */
  readonly language?: string | undefined;
}

/** What decides about responses. */
export interface ResponseRuleOptions extends PageTypes {
  readonly headers: DeclaredHeaders;
  /** The request headers that bypass, in lower case. */
  readonly bypassHeaders: readonly string[];
}

/** Content codings that can be undone, because pages are stored as identity bytes. */
export const undoableCodings = Object.freeze(['gzip', 'x-gzip', 'br', 'deflate'] as const);
export type UndoableCoding = (typeof undoableCodings)[number];

export interface Storable {
  /** The extension of the file that nginx would send with the page's type; `undefined` if only Node can serve it. */
  readonly extension: Extension | undefined;
  /** As the app sent it. */
  readonly contentType: string;
  /** The coding of the body, which is undone before the body is stored. */
  readonly coding: UndoableCoding | undefined;
  /** Headers that nginx would not repeat. If empty, nginx may serve the page; otherwise only Node, with them. */
  readonly nodeOnly: readonly string[];
  /** The headers that Node replays if it serves the page. */
  readonly headers: readonly HeaderLine[];
  /** When the page must be off the disk, in milliseconds since 1970; `undefined` if only an invalidation removes it. */
  readonly expiresAt: number | undefined;
}

export type ResponseDecision = { readonly store: Storable } | { readonly refusal: Refusal };

/**
 * Decides whether a response with this head may become the page. The head is the app's own, without the Cache-Control
 * that the middleware adds if the app says nothing. The body is judged when it has ended.
 */
export function decideResponse(
  page: PagePath,
  head: ResponseHead,
  options: ResponseRuleOptions,
): ResponseDecision {
  const { choosing = [] } = head;
  // Every response varies by what chooses the variant.
  const varied = otherVariedNames(head.headers).filter((name) => !choosing.includes(name.toLowerCase()));
  const declared = declaredFor(head, options);
  const refusal = refuseHead(head) ?? refuseVary(head, options);
  if (refusal !== undefined) return { refusal };
  const { headers, at } = head;
  const freshness = judgeFreshness(headers, options.headers.get('cache-control')?.value, at);
  if ('refusal' in freshness) return freshness;
  const contentType = headerText(headers, 'content-type');
  if (!isPageType(contentType)) return { refusal: refuse('content-type', contentType ?? 'none') };
  const extension = extensionFor(page, contentType, options);
  const coding = undoableCodings.find((one) => one === codingOf(headers));
  const nodeOnly = [
    ...(extension === undefined ? ['content-type'] : []),
    ...differingHeaders(headers, declared),
    ...(isDeclaredVary(varied, options.headers) ? [] : ['vary']),
  ];
  // nginx sends Accept-Encoding, and caches in front of it need the other names too.
  const vary: readonly HeaderLine[] = varied.length === 0 ? [] : [['vary', varied.join(', ')]];
  const { expiresAt, madeAt } = freshness;
  const replayed = replayedHeaders(headers, options.headers);
  // Age and Expires count from when the response was made (RFC 9111 §4.2), not from when it was stored.
  const date: readonly HeaderLine[] =
    expiresAt === undefined ? [] : [['date', new Date(madeAt).toUTCString()]];
  const replays = [...replayed, ...vary, ...date];
  return { store: { extension, contentType, coding, nodeOnly, headers: replays, expiresAt } };
}

/** Returns the headers that nginx sends with such a page. */
function declaredFor({ language }: ResponseHead, { headers }: ResponseRuleOptions): DeclaredHeaders {
  if (language === undefined) return headers;
  return new Map([...headers, ['content-language', { name: 'Content-Language', value: language }]]);
}

function refuseHead({ status, headers }: ResponseHead): Refusal | undefined {
  if (status !== 200) return refuse('status', String(status));
  if (headers['set-cookie'] !== undefined) return refuse('set-cookie', cookieNames(headers['set-cookie']));
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
  // Node removes the chunks, but only the app knows what else it has done to the bytes.
  if (transfer.trim().toLowerCase() !== 'chunked') return refuse('content-encoding', transfer);
  return refuseNonce(headers);
}

/** Returns the names of the cookies that a response sets. */
function cookieNames(cookies: NonNullable<HeaderValues[string]>): string {
  return [cookies]
    .flat()
    .map((cookie) => /^\s*([^=;]*)/.exec(String(cookie))?.[1]?.trim())
    .join(', ');
}

/** Returns what a response varies by, except the coding, which is always added again. */
function otherVariedNames(headers: HeaderValues): readonly string[] {
  return variedNames(headerText(headers, 'vary') ?? '');
}

/** Whether the site has declared that its pages vary by exactly these names. */
function isDeclaredVary(varied: readonly string[], declared: DeclaredHeaders): boolean {
  const namesIn = (names: readonly string[]) => new Set(names.map((name) => name.toLowerCase()));
  const [said, constant] = [namesIn(varied), namesIn(variedNames(declared.get('vary')?.value ?? ''))];
  return said.size === constant.size && [...said].every((name) => constant.has(name));
}

/** Whether a Vary makes no difference to pages: it names only headers with which requests bypass all pages. */
export function isHarmlessVary(vary: string, bypassHeaders: readonly string[]): boolean {
  const isBypassing = compileBypassing(bypassHeaders);
  return variedNames(vary).every((name) => isBypassing(name.toLowerCase()));
}

/** A page that a browser's visit has created may vary by Accept: it is only for such visits. */
function refuseVary(
  { headers, accept = '', choosing = [] }: ResponseHead,
  { bypassHeaders }: ResponseRuleOptions,
): Refusal | undefined {
  const vary = headerText(headers, 'vary') ?? '';
  if (vary === '') return undefined;
  const harmless = [...bypassHeaders, ...choosing, ...(isNavigation(accept) ? ['accept'] : [])];
  return isHarmlessVary(vary, harmless) ? undefined : refuse('vary', vary);
}

/** Whether the headers of a page say that it varies by Accept. */
export function variesByAccept(headers: readonly HeaderLine[]): boolean {
  const vary = headers.find(([name]) => name === 'vary')?.[1] ?? '';
  return variedNames(String(vary)).some((name) => name.toLowerCase() === 'accept');
}

/** A nonce that is served twice does not protect (CSP Level 3, §7.1). */
function refuseNonce(headers: HeaderValues): Refusal | undefined {
  const policies = ['content-security-policy', 'content-security-policy-report-only'];
  const nonce = policies.find((name) => headerText(headers, name)?.toLowerCase().includes("'nonce-"));
  return nonce === undefined ? undefined : refuse('csp-nonce', nonce);
}

function codingOf(headers: HeaderValues): string {
  return headerText(headers, 'content-encoding')?.trim().toLowerCase() || 'identity';
}
