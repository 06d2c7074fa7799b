export type Scheme = 'http' | 'https';

/** What the option `scheme` may be. */
export const SCHEME_EXPECTED = "'https' or 'http'";

export function isScheme(value: unknown): value is Scheme | undefined {
  return value === undefined || value === 'http' || value === 'https';
}

/** The requests that a page suits, if its render looked at what differs among requests that pass the gate. */
export interface Audience {
  /** The scheme of these requests; `undefined` if either. */
  readonly scheme?: Scheme | undefined;
  /** The Accept of these requests; {@link PLAIN_NAVIGATION} means all navigations of browsers. `undefined` if any. */
  readonly accept?: string | undefined;
}

/** The part of a request that shows the audience that it belongs to. */
export interface AskerView {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Whether the connection is encrypted. Default: it is not. */
  readonly isEncrypted?: boolean;
}

/** What a request says about the audience that it belongs to. */
export interface Asker {
  /** `undefined` if the request names something that is not a scheme. */
  readonly scheme: Scheme | undefined;
  readonly accept: string;
  /** Whether the app itself speaks TLS with the client, and so knows the scheme without a header. */
  readonly isEncrypted: boolean;
}

/**
 * The Accept of a navigation that names no more than all browsers do; Safari sends it, and Firefox since 132. Every
 * navigation accepts what an app chooses by it.
 */
export const PLAIN_NAVIGATION = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

/**
 * The source, for JavaScript and PCRE alike, of the Accept that browsers and search engines send when they visit a
 * page. These differ only in the images and the signed exchanges that they name. So they lead to the same choice among
 * all other types, however an app chooses.
 */
export const navigationSource =
  'text/html,application/xhtml\\+xml(?:,application/signed-exchange;v=b3)?,application/xml;q=0\\.9' +
  '(?:,image/[a-z0-9.+-]+)*,\\*/\\*;q=0\\.8(?:,application/signed-exchange;v=b3;q=0\\.[0-9])?';

const navigation = new RegExp(`^(?:${navigationSource})$`);

/** Returns the headers of a browser's visit, except Host: as plain as possible, so that its page is for everybody. */
export function visitorHeaders(scheme: Scheme | undefined): Readonly<Record<string, string>> {
  return { accept: PLAIN_NAVIGATION, ...(scheme && { 'x-forwarded-proto': scheme }) };
}

/** Whether an Accept is that of a browser's visit to a page. */
export function isNavigation(accept: string): boolean {
  return accept === PLAIN_NAVIGATION || navigation.test(accept);
}

/** Reads the scheme from what a proxy says (nginx, if it is in front), otherwise from the connection. */
export function askerOf({ headers, isEncrypted = false }: AskerView): Asker {
  const told = headers['x-forwarded-proto'] ?? '';
  const isTold = told === 'http' || told === 'https';
  const ofConnection = isEncrypted ? 'https' : told === '' ? 'http' : undefined;
  return { scheme: isTold ? told : ofConnection, accept: String(headers.accept ?? ''), isEncrypted };
}

/** Whether a page may answer a request. Clients that speak TLS with the app get only what was made for https. */
export function isFor({ scheme, accept }: Audience, asker: Asker): boolean {
  return isOfScheme(scheme, asker) && admits(accept, asker);
}

/**
 * Whether a request that a page does not answer may replace the page with its own. Between two audiences the same one
 * always wins, so that visits do not replace each other's pages again and again: https, and the plainest Accept.
 */
export function mayReplace({ scheme, accept }: Audience, asker: Asker): boolean {
  const byScheme = isOfScheme(scheme, asker) || asker.scheme === 'https';
  return byScheme && (admits(accept, asker) || asker.accept === PLAIN_NAVIGATION);
}

function isOfScheme(scheme: Scheme | undefined, asker: Asker): boolean {
  return scheme === undefined ? !asker.isEncrypted : scheme === asker.scheme;
}

function admits(accept: string | undefined, asker: Asker): boolean {
  if (accept === undefined || accept === asker.accept) return true;
  return accept === PLAIN_NAVIGATION && isNavigation(asker.accept);
}
