import type { SentRequest } from './grammar.js';
import { type Answer, decoded, type Exchange } from './wire.js';

/**
 * Returns how the cache's answers differ from those of the site without it. Allowed are differences in Date,
 * connection and framing headers, validators and the 304s they allow, a content coding the client asked for with its
 * Vary, X-Powered-By, Cache-Status, Age if freshness is limited, and `Cache-Control: no-cache` if the app says nothing.
 */
export function compareExchanges(
  ours: Exchange,
  theirs: Exchange,
  requests: readonly SentRequest[],
): readonly string[] {
  if (isBrokenBefore304(ours, theirs, requests)) return [];
  const [on, off] = asFarAsBothGo(ours, theirs, requests.length);
  const differences = [
    ...compareValues('answers', on.answers.length, off.answers.length),
    ...compareValues('silence', on.silent, off.silent),
    ...compareValues('bytes after the answers', on.rest, off.rest),
  ];
  for (const [index, answer] of on.answers.entries()) {
    const other = off.answers[index];
    if (other !== undefined) differences.push(...compareAnswers(answer, other, requests[index]));
  }
  return differences;
}

/**
 * Whether an app broke in the middle of its answer, and so closed the connection. If the answer was to become a 304,
 * which has no body, none of it has been sent by then.
 */
function isBrokenBefore304(on: Exchange, off: Exchange, requests: readonly SentRequest[]): boolean {
  const isConditional = valuesOf(requests[0], 'if-none-match|if-modified-since') !== undefined;
  const isCut = off.answers.length === 1 && off.answers[0]?.complete === false;
  return requests.length === 1 && isConditional && isCut && on.answers.length === 0 && !on.silent;
}

/**
 * When Node's parser meets a malformed request, Node closes the connection at once: with a bare 400 if the previous
 * answer has not begun, otherwise with nothing more. Which of the two depends on how fast the previous request was
 * answered, with a cache or without. So if one side got such a 400, and both ended before all was answered, only
 * answers that both have are compared.
 */
function asFarAsBothGo(
  on: Exchange,
  off: Exchange,
  expected: number,
): readonly [on: Exchange, off: Exchange] {
  const [ours, theirs] = [finishedOf(on), finishedOf(off)];
  const both = Math.min(ours.length, theirs.length);
  const isRefused = ours.length < on.answers.length || theirs.length < off.answers.length;
  const isCut = Math.max(ours.length, theirs.length) < expected && expected > 1;
  const saySomething = on.answers.length > 0 && off.answers.length > 0;
  if (!isRefused || !isCut || !saySomething) return [on, off];
  return [
    { ...on, answers: ours.slice(0, both) },
    { ...off, answers: theirs.slice(0, both) },
  ];
}

/** Returns the answers before a 400 of Node itself, if there is one. */
function finishedOf({ answers }: Exchange): readonly Answer[] {
  return isBareRefusal(answers.at(-1)) ? answers.slice(0, -1) : answers;
}

/** Whether Node's server sent the answer itself, without any code of the site. */
function isBareRefusal(answer: Answer | undefined): boolean {
  if (answer?.status !== 400 || answer.body.length > 0) return false;
  return [...answer.headers].every(([name, value]) => name === 'connection' && value === 'close');
}

function compareAnswers(on: Answer, off: Answer, request: SentRequest | undefined): readonly string[] {
  if (areOfOneFailure(on, off)) return [];
  const statuses = [on.status, off.status];
  const isConditional = valuesOf(request, 'if-none-match|if-modified-since') !== undefined;
  const isAboutValidators =
    isConditional && statuses.includes(304) && statuses.some((status) => status >= 200 && status < 300);
  return [
    ...(isAboutValidators ? [] : compareValues('status', on.status, off.status)),
    ...compareHeaders(withoutVariants(on, off, request), off, isAboutValidators),
    ...(isAboutValidators ? [] : compareValues('trailers', on.trailers, off.trailers)),
    ...compareValues('complete', on.complete, off.complete),
    ...(isAboutValidators || !on.complete || isReusedForNoStore(on, request) ? [] : compareBodies(on, off)),
    ...(isAboutValidators && on.status === 304 ? judgeNotModified(on, request) : []),
    ...judgeCoding(on, off, request),
  ];
}

/**
 * Whether a hit answered a request with no-store. The cache may do so; it only must not store the response to this
 * request (RFC 9111 §5.2.1.5). A page that would show the directive then does not show it.
 */
function isReusedForNoStore({ headers }: Answer, request: SentRequest | undefined): boolean {
  const isNoStore = /(?:^|[,;\s])no-store(?:[,;=\s]|$)/i.test(valuesOf(request, 'cache-control') ?? '');
  return isNoStore && headers.get('cache-status') === 'staticgenerator; hit';
}

/** Headers that differ for every connection and answer, and headers about the cache itself. */
const incomparable = new Set([
  ...['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'etag', 'last-modified'],
  ...['x-powered-by', 'cache-status', 'content-encoding'],
]);

/**
 * Node closes the connection while it receives the body of a request that its parser does not understand, and in the
 * middle of an answer that broke. A server in front passes on what came, or reports that nothing came: that depends on
 * how fast the bytes travel.
 */
function areOfOneFailure(on: Answer, off: Answer): boolean {
  const isRefused = ({ status, body }: Answer) => status === 502 || (status === 400 && body.length === 0);
  const isCut = (one: Answer, other: Answer) => one.status === 502 && !other.complete;
  return (isRefused(on) && isRefused(off)) || isCut(on, off) || isCut(off, on);
}

function compareHeaders(on: Answer, off: Answer, isAboutValidators: boolean): readonly string[] {
  const [ours, theirs] = [comparable(on.headers), comparable(off.headers)];
  const says = ['cache-control', 'expires'].some((name) => off.headers.has(name));
  // nginx sends the header twice if it follows an X-Accel-Redirect.
  if (!says && /^no-cache(?:, no-cache)?$/.test(ours.get('cache-control') ?? ''))
    ours.delete('cache-control');
  if (says && !off.headers.has('age') && /^\d+$/.test(ours.get('age') ?? '')) ours.delete('age');
  // A 304 describes no body (RFC 9110 §15.4.5).
  const leftOut = isAboutValidators ? ['content-type', 'trailer'] : [];
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((name) => !leftOut.includes(name))
    .flatMap((name) => compareValues(name, ours.get(name), theirs.get(name)));
}

/** Removes what the cache adds to pages with variants: what they vary by, and the language that they show. */
function withoutVariants(on: Answer, off: Answer, request: SentRequest | undefined): Answer {
  if (request === undefined || !/\/varied\//i.test(request.target)) return on;
  const headers = new Map(on.headers);
  const said = listOf(off.headers.get('vary'));
  const isAdded = (name: string) =>
    ['accept-language', 'sec-ch-ua-mobile', 'cookie'].includes(name) && !said.includes(name);
  headers.set(
    'vary',
    listOf(headers.get('vary'))
      .filter((name) => !isAdded(name))
      .join(', '),
  );
  const shown = /"language":"([\w-]+)"/.exec((decoded(on) ?? on.body).toString())?.[1];
  const isShown = shown === undefined || shown === headers.get('content-language');
  if (!off.headers.has('content-language') && isShown) headers.delete('content-language');
  return { ...on, headers };
}

function comparable(headers: ReadonlyMap<string, string>): Map<string, string> {
  const kept = new Map([...headers].filter(([name]) => !incomparable.has(name)));
  const vary = listOf(headers.get('vary')).filter((name) => name !== 'accept-encoding');
  if (vary.length === 0) kept.delete('vary');
  else kept.set('vary', vary.join(', '));
  const type = headers.get('content-type');
  if (type !== undefined) kept.set('content-type', spellType(type));
  return kept;
}

/** One type has several equal spellings (RFC 9110 §8.3.1). */
function spellType(type: string): string {
  return type
    .toLowerCase()
    .replace(/\s*;\s*/g, '; ')
    .replaceAll('"', '');
}

function compareBodies(on: Answer, off: Answer): readonly string[] {
  const ours = decoded(on) ?? on.body;
  const theirs = decoded(off) ?? off.body;
  return ours.equals(theirs) ? [] : compareValues('body', excerpt(ours, theirs), excerpt(theirs, ours));
}

/** Returns an excerpt that begins shortly before the first byte that differs. */
function excerpt(bytes: Buffer, other: Buffer): string {
  const differing = bytes.findIndex((byte, index) => byte !== other[index]);
  const from = Math.max(0, (differing === -1 ? Math.min(bytes.length, other.length) : differing) - 20);
  return `${bytes.length} bytes, …${bytes.toString('latin1', from, from + 60)}`;
}

/** A 304 must be for a tag that the client named. */
function judgeNotModified(on: Answer, request: SentRequest | undefined): readonly string[] {
  const named = valuesOf(request, 'if-none-match') ?? '';
  const tag = on.headers.get('etag')?.replace(/^W\//, '') ?? 'none';
  if (!on.headers.get('cache-status')?.endsWith('hit')) return [];
  return listOf(named).includes('*') || named.includes(tag)
    ? []
    : [`a 304 with ETag ${tag} to If-None-Match: ${named}`];
}

/**
 * A coding must have been requested, must be announced by Vary, and must not be used if the app forbids
 * transformations.
 */
function judgeCoding(on: Answer, off: Answer, request: SentRequest | undefined): readonly string[] {
  const coding = on.headers.get('content-encoding');
  if (coding === undefined || coding === off.headers.get('content-encoding')) return [];
  const accepted = valuesOf(request, 'accept-encoding') ?? '';
  return [
    ...(accepts(accepted, coding) ? [] : [`coding ${coding} for Accept-Encoding: ${accepted}`]),
    ...(listOf(on.headers.get('vary')).includes('accept-encoding') ? [] : [`coding ${coding} without Vary`]),
    ...(on.headers.get('cache-control')?.includes('no-transform') === true
      ? ['no-transform, and a coding']
      : []),
    ...(on.headers.has('repr-digest') ? ['a digest of other bytes, and a coding'] : []),
  ];
}

function accepts(header: string, coding: string): boolean {
  const items = listOf(header).map((item) => item.split(';').map((part) => part.trim()));
  return items.some(([name = '', weight = '']) => {
    return [coding, '*', `x-${coding}`].includes(name) && !/^q=0(?:\.0*)?$/.test(weight);
  });
}

function listOf(value: string | undefined): readonly string[] {
  const items = (value ?? '').toLowerCase().split(',');
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

/** Returns the values of the request's header lines with these names; `undefined` if it has none. */
export function valuesOf(request: SentRequest | undefined, names: string): string | undefined {
  const pattern = new RegExp(`^(?:${names}):(.*)$`, 'is');
  const found = (request?.lines ?? []).flatMap((line) => pattern.exec(line)?.[1]?.trim() ?? []);
  return found.length === 0 ? undefined : found.join(', ');
}

function compareValues(what: string, on: unknown, off: unknown): readonly string[] {
  if (on === off) return [];
  return [`${what}: on ${JSON.stringify(on)?.slice(0, 300)}, off ${JSON.stringify(off)?.slice(0, 300)}`];
}
