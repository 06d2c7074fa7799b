import type { NameListRule, OptionReader } from '../option-reader.js';
import {
  bypassHeaderPattern,
  bypassHeadersOf,
  defaultBypassHeaders,
} from '../page/request/bypass-headers.js';
import { cookieNamePattern } from '../page/request/cookies.js';
import { defaultBypassCookies, defaultIgnoreCookies } from '../page/request/default-cookies.js';
import { defaultIgnoreHeaders, headerNamePattern } from '../page/request/header-reads.js';
import { parameterNamePattern } from '../page/request/query.js';

const cookieName = { pattern: cookieNamePattern, expected: 'a cookie name, `*` for any characters' };
const bypassHeaderName = { pattern: bypassHeaderPattern, expected: 'a header that only some requests have' };
const headerName = { pattern: headerNamePattern, expected: 'a header name, `*` for any characters' };
const parameterName = { pattern: parameterNamePattern, expected: 'a parameter name, `*` for any characters' };

/** The lists of names that a site has unless its options change them. */
export const defaults = Object.freeze({
  ignoreQuery: Object.freeze<string[]>([]),
  bypassCookies: defaultBypassCookies,
  ignoreCookies: defaultIgnoreCookies,
  bypassHeaders: defaultBypassHeaders,
  ignoreHeaders: defaultIgnoreHeaders,
} satisfies Readonly<Record<string, readonly string[]>>);

/** Reads the options that are lists of names with a default. */
export function readNameLists(
  read: OptionReader,
): Readonly<Record<keyof typeof defaults, readonly string[]>> {
  const names = (option: keyof typeof defaults, rule: Omit<NameListRule, 'defaults'>) =>
    read.nameList(option, { defaults: defaults[option], ...rule });
  return {
    ignoreQuery: names('ignoreQuery', parameterName),
    bypassCookies: names('bypassCookies', cookieName),
    ignoreCookies: names('ignoreCookies', cookieName),
    bypassHeaders: bypassHeadersOf(names('bypassHeaders', bypassHeaderName)),
    ignoreHeaders: names('ignoreHeaders', headerName),
  };
}
