import { hostName, VOUCHER_HEADER } from './gate.js';
import type { RequestHeaders } from './header-reads.js';

/** What came with a request, before the app could change it. */
export interface SentRequest {
  readonly headers: RequestHeaders;
  /** The path that was requested: the page's own. */
  readonly path: string;
  /** Whether a path and a query, with its `?`, are those of a page that visitors may come from. Default: no. */
  readonly isPageQuery?: ((path: string, query: string) => boolean) | undefined;
  /** The address that the connection came from. */
  readonly address: string | undefined;
}

/** A text of one request, which must not be in a page for everybody. */
export interface SentValue {
  /** The header that had it, in lower case; `address` for the address of the connection. */
  readonly name: string;
  readonly text: string;
  /** Whether the text is an address, and must not be part of a longer one: `10.0.0.1` is not found in `10.0.0.1.2`. */
  readonly isAddress: boolean;
}

/** The shortest text that is looked for. Eight hexadecimal digits are 32 bits; shorter texts are in pages by chance. */
const MIN_LENGTH = 8;

/** The key of pages, and what the server in front sends: a page can have these without taking them from the request. */
const keyed: ReadonlySet<string> = new Set(['host', 'accept-encoding', VOUCHER_HEADER]);

/** Headers that hold words of a vocabulary, which pages use too: `text/html`, `same-origin`, `no-cache`, `accepted`. */
const vocabulary = new RegExp(
  `^(?:${[
    ...['accept', 'accept-language', 'accept-charset', 'cache-control', 'pragma', 'connection', 'keep-alive'],
    ...[
      'proxy-connection',
      'te',
      'expect',
      'priority',
      'purpose',
      'x-purpose',
      'sec-.*',
      'cookie',
      'dnt',
      'via',
      'content-type',
    ],
  ].join('|')})$`,
);
/** Apps may look at these, so only their standard directives are passed over (RFC 9111 §5.2.1). */
const directiveHeaders: ReadonlySet<string> = new Set(['cache-control', 'pragma']);
const directive =
  /^(?:no-(?:cache|store|transform)|only-if-cached|(?:max-(?:age|stale)|min-fresh|stale-if-error)(?:=\d+)?)$/i;
/** A word, a type or one directive, possibly in quotes; a type may name its charset. */
const word = /^"?[\w*-]+(?:[/=][\w.+*-]+)?"?$|^\w+\/[\w.+-]+; *charset="?[\w-]+"?$/i;

/** An address of IPv4 or IPv6, or a text that looks like one. */
const addressPattern = /^(?:\d{1,3}(?:\.\d{1,3}){3}|(?=(?:[^:]*:){2})[0-9a-f:]+(?:[\d.]{7,15})?)$/i;

const lists: ReadonlySet<string> = new Set(['x-forwarded-for', 'forwarded']);

/** Returns the texts that, most likely, a response can have only from this request. */
export function sentValues(request: SentRequest): readonly SentValue[] {
  const values = Object.entries(request.headers).flatMap(([name, value]) =>
    keyed.has(name) ? [] : partsOf(name, value).map((text) => sentValue(name, text)),
  );
  const all = [...values, sentValue('address', request.address ?? '')];
  const isLocal = all.every(({ text, isAddress }) => !isAddress || isLoopback(text));
  return all.filter((value) => isTelling(value, request, isLocal));
}

function partsOf(name: string, value: string | string[] | undefined): readonly string[] {
  const texts = typeof value === 'string' ? [value] : (value ?? []);
  if (name === 'cookie') return texts.flatMap((text) => text.split(';')).map(afterEquals);
  if (lists.has(name)) return texts.flatMap((text) => text.split(/[,;]/)).map(afterEquals);
  return texts;
}

function afterEquals(pair: string): string {
  return pair.slice(pair.indexOf('=') + 1).trim();
}

/** Longer than any address with its brackets, quotes and port. */
const MAX_ADDRESS_LENGTH = 64;

function sentValue(name: string, text: string): SentValue {
  if (text.length > MAX_ADDRESS_LENGTH) return { name, text, isAddress: false };
  const address = text
    .replace(/^"|"$/g, '')
    .replace(/^\[(.*)\](?::\d+)?$|^([\d.]+):\d+$|^::ffff:(?=[\d.]+$)/i, '$1$2');
  return !addressPattern.test(address)
    ? { name, text, isAddress: false }
    : { name, text: address, isAddress: true };
}

/**
 * The address that renders without a visitor come from. It is one of this machine, because apps trust such an address
 * to name a scheme, and no page has it for another reason.
 */
export const RENDER_ADDRESS = '127.192.0.2';

/**
 * Whether a page that has the text reveals something about its visitor. Next to another address, those of this machine
 * are a proxy's, and are in pages that explain how to start something. A visitor with no other address is at this
 * machine.
 */
function isTelling({ name, text, isAddress }: SentValue, request: SentRequest, isLocal: boolean): boolean {
  if (text === RENDER_ADDRESS) return true;
  if (isAddress) return !isAnyAddress(text) && (isLocal || !isLoopback(text)) && !isOwn(text, request);
  if (text.length < MIN_LENGTH || isOwn(text, request)) return false;
  return !(vocabulary.test(name) && (directiveHeaders.has(name) ? directive : word).test(text));
}

/** Whether an address is one of this machine. */
export function isLoopback(text: string): boolean {
  return /^(?:127\.|::1$)/.test(text) || isAnyAddress(text);
}

/** Addresses that servers listen on, and no client comes from. */
function isAnyAddress(text: string): boolean {
  return text === '0.0.0.0' || text === '::';
}

/** The site's own host and path, and links within the site, are not secret, and pages are full of them. */
function isOwn(text: string, { headers, path, isPageQuery }: SentRequest): boolean {
  const host = String(headers.host ?? '').toLowerCase();
  if (`https://${host}${path}`.includes(text) || host.includes(text.toLowerCase())) return true;
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  const hasOwnQuery = url.search === '' || isPageQuery?.(url.pathname, url.search) === true;
  return url.hostname === hostName(host) && url.username === '' && hasOwnQuery && url.hash === '';
}
