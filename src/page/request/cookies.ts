/** Names that look like a session, a token or a choice of language: a request that has one is about a person. */
export const defaultBypassCookies: readonly string[] = Object.freeze([
  ...[
    'connect.sid',
    'sid',
    '*.sid',
    '*sess',
    '*session*',
    'PHPSESSID',
    'auth*',
    '*token*',
    'jwt*',
    'remember*',
  ],
  ...['csrf*', '_csrf*', 'xsrf*', '__Host-*', '__Secure-*'],
  ...['i18n*', '*lang', '*language', '*locale'],
]);

/** Cookies of analytics and consent banners: no server renders anything by them. */
export const defaultIgnoreCookies: readonly string[] = Object.freeze([
  ...[
    '_ga*',
    '_gid',
    '_gat*',
    '_gcl_*',
    '_fbp',
    '_fbc',
    '_pk_*',
    '_hj*',
    '_clck',
    '_clsk',
    '__utm*',
    '_dc_gtm_*',
  ],
  ...[
    'cookieconsent_status',
    'cookie_consent',
    'CookieConsent',
    'OptanonConsent',
    'OptanonAlertBoxClosed',
    'euconsent-v2',
  ],
]);

/** A cookie name, in which `*` stands for any characters. */
export const cookieNamePattern = /^[\w!#$%&'*+.^`|~-]+$/;

const nameSource = (name: string) => name.replace(/[.+^$|]/g, '\\$&').replaceAll('*', '[^=;,\\s]*');

/**
 * The regular expression, for JavaScript and PCRE alike, that finds one of the names in a whole Cookie header. It
 * looks for names wherever one could begin, because Node and nginx split and trim odd headers differently; what it
 * finds too much merely bypasses. To be used without regard to case. Undefined for no names.
 */
export function cookieSource(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  return `(?:^|[;,\\s])(?:${names.map(nameSource).join('|')})(?:[=;,\\s]|$)`;
}

/** Whether every cookie of a Cookie header is one of the names. */
export function compileOnlyCookies(names: readonly string[]): (header: string) => boolean {
  const known = new RegExp(`^(?:${names.map(nameSource).join('|') || '(?!)'})$`, 'i');
  return (header) =>
    header
      .split(';')
      .map((pair) => pair.trim())
      // A pair without a name, `=value`, is a cookie all the same.
      .every((pair) => pair === '' || known.test(pair.split('=', 1)[0]?.trimEnd() ?? ''));
}
