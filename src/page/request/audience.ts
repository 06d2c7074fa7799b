export type Scheme = 'http' | 'https';

/** What the option `scheme` may be. */
export const SCHEME_EXPECTED = "'https' or 'http'";

export function isScheme(value: unknown): value is Scheme | undefined {
  return value === undefined || value === 'http' || value === 'https';
}

/** Whom a page is for, if its render has looked at what differs among the requests that the gate lets through. */
export interface Audience {
  /** Those who came by this scheme. Undefined: by either. */
  readonly scheme?: Scheme | undefined;
  /** Those with this Accept; if it is {@link PLAIN_NAVIGATION}, all navigations of browsers. Undefined: all requests. */
  readonly accept?: string | undefined;
}

/** The part of a request that tells it. */
export interface AskerView {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Whether the connection is encrypted. Default: it is not. */
  readonly isEncrypted?: boolean;
}

/** What a request tells of the audience that it belongs to. */
export interface Asker {
  /** Undefined: what is said of it is no scheme. */
  readonly scheme: Scheme | undefined;
  readonly accept: string;
  /** Whether the app itself speaks TLS with the client, and so knows the scheme without a header. */
  readonly isEncrypted: boolean;
}

/**
 * The Accept of a navigation that names no more than all browsers do; that of Safari, and of Firefox since 132. Whatever is
 * chosen by it, every navigation admits.
 */
export const PLAIN_NAVIGATION = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

/**
 * The source, for JavaScript and PCRE alike, of an Accept that browsers send when they visit a page, and search engines.
 * They differ only in the images and the signed exchanges that they name, and so come to the same choice among all other
 * types, however an app chooses.
 */
export const navigationSource =
  'text/html,application/xhtml\\+xml(?:,application/signed-exchange;v=b3)?,application/xml;q=0\\.9' +
  '(?:,image/[a-z0-9.+-]+)*,\\*/\\*;q=0\\.8(?:,application/signed-exchange;v=b3;q=0\\.[0-9])?';

const navigation = new RegExp(`^(?:${navigationSource})$`);

/** What a browser's visit says of itself, beside its host: as plainly as possible, so that its page is everybody's. */
export function visitorHeaders(scheme: Scheme | undefined): Readonly<Record<string, string>> {
  return { accept: PLAIN_NAVIGATION, ...(scheme && { 'x-forwarded-proto': scheme }) };
}

/** Whether an Accept is that of a browser's visit to a page. */
export function isNavigation(accept: string): boolean {
  return accept === PLAIN_NAVIGATION || navigation.test(accept);
}

/** The scheme is what a proxy says, which is nginx where it stands in front; else that of the connection. */
export function askerOf({ headers, isEncrypted = false }: AskerView): Asker {
  const told = headers['x-forwarded-proto'] ?? '';
  const isTold = told === 'http' || told === 'https';
  const ofConnection = isEncrypted ? 'https' : told === '' ? 'http' : undefined;
  return { scheme: isTold ? told : ofConnection, accept: String(headers.accept ?? ''), isEncrypted };
}

/** Whether a page answers a request. Who speaks TLS with the app gets only what was made for https. */
export function isFor({ scheme, accept }: Audience, asker: Asker): boolean {
  return isOfScheme(scheme, asker) && admits(accept, asker);
}

/**
 * Whether a request that a page does not answer may put its own in the place of it. Of two audiences the same one always
 * wins, so that they do not replace each other's pages with every visit: https, and the plainest Accept.
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
