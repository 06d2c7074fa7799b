import { defaultBypassCookies, defaultIgnoreCookies } from './default-cookies.js';
import { nameSource } from './name-source.js';

/** A cookie name, in which `*` stands for any characters. */
export const cookieNamePattern = /^[\w!#$%&'*+.^`|~-]+$/;

const CHARACTER = '[^=;,\\s]';
const ANY = `${CHARACTER}*`;
const END = '(?:[=;,\\s]|$)';
const sourceOf = (name: string) => nameSource(name, CHARACTER);

const isDefault = (name: string) => defaultBypassCookies.includes(name);
/** Computed once, because every site needs it several times at its start. */
const likeAnyDefault = mistakenFor(defaultBypassCookies);

/** The lists that say which cookies make a request personal. */
export interface CookieLists {
  readonly bypassCookies: readonly string[];
  readonly ignoreCookies: readonly string[];
  /** Cookies whose value chooses a variant of the requested page, and which are therefore neither. Default: none. */
  readonly choosing?: readonly string[];
}

/** Where a name can begin. PCRE would try every character; with this, it goes from one such place to the next. */
const BEGINNING = { javascript: '(?:^|[;,\\s])', pcre: '\\A(?:[^;,\\s]*+[;,\\s]++)*?' } as const;

/**
 * Returns the source of a regular expression that finds, in a whole Cookie header, a cookie that makes a request
 * personal. It looks for names wherever one can begin, because Node and nginx split and trim odd headers differently.
 * If it finds too much, requests only bypass. Use it without regard to case. `undefined` if there are no names.
 */
export function personalCookieSource(
  lists: CookieLists,
  dialect: 'javascript' | 'pcre' = 'javascript',
): string | undefined {
  const { looks, unless, always } = namesOf(lists, dialect === 'pcre' ? glancing : () => '') ?? {};
  const exempt = unless === undefined ? '' : `(?!${unless}${END})`;
  const found = [
    ...(looks === undefined ? [] : [`${exempt}${looks}`]),
    ...(always === undefined ? [] : [always]),
  ];
  const { choosing = [] } = lists;
  const other = choosing.length === 0 ? '' : `(?!${oneOf(choosing.map(sourceOf))}=)`;
  return found.length === 0 ? undefined : `${BEGINNING[dialect]}${other}${oneOf(found)}${END}`;
}

/** Whether a Cookie header makes a request personal. */
export function compilePersonal(lists: CookieLists): (header: string) => boolean {
  const source = personalCookieSource(lists);
  if (source === undefined) return () => false;
  const pattern = new RegExp(source, 'i');
  return (header) => header !== '' && pattern.test(header);
}

/** Whether a name is on neither list, so that it is unknown whether pages depend on the cookie. */
export function compileUnknown(lists: CookieLists): (name: string) => boolean {
  const isPersonal = compilePersonal(lists);
  const isIgnored = compileName(lists.ignoreCookies);
  return (name) => !isIgnored(name) && !isPersonal(name);
}

/** Adds names that the site has learned. If the site has declared a name since, the site's list decides. */
export function withLearned<Lists extends CookieLists>(lists: Lists, learned: readonly string[]): Lists {
  const unknown = learned.filter(compileUnknown(lists));
  if (unknown.length === 0) return lists;
  return { ...lists, bypassCookies: [...lists.bypassCookies, ...unknown] };
}

/** Which names make a request personal: sources of whole names, without look-around. */
export interface CookieNames {
  /** Names that only look personal: those of the default list. */
  readonly looks: string | undefined;
  /** Exceptions from `looks`: cookies that others set. */
  readonly unless: string | undefined;
  readonly always: string | undefined;
}

/** Returns the names that make a request personal; `undefined` if no name does. */
export function personalCookieNames(lists: CookieLists): CookieNames | undefined {
  return namesOf(lists, () => '');
}

function namesOf(lists: CookieLists, glance: Glance): CookieNames | undefined {
  const [defaults, own] = parted(lists.bypassCookies, isDefault);
  const [looks, unless, always] = [defaults, foreignNames(lists), own].map((names) =>
    names.length === 0 ? undefined : sourceOfAny(names, glance),
  );
  return looks === undefined && always === undefined ? undefined : { looks, unless, always };
}

/**
 * Returns the cookies of others that only look personal to a default name, as `_hjSession*` does to `*sess*`. If the
 * site itself names cookies, all that match bypass, whatever is ignored.
 */
export function foreignNames({ bypassCookies, ignoreCookies }: CookieLists): readonly string[] {
  const defaults = new Set(bypassCookies.filter(isDefault));
  const mistaken =
    defaults.size === defaultBypassCookies.length ? likeAnyDefault : mistakenFor([...defaults]);
  return ignoreCookies.filter((name) => mistaken.includes(name));
}

function mistakenFor(bypassCookies: readonly string[]): readonly string[] {
  const looksPersonal = compileName(bypassCookies);
  return defaultIgnoreCookies.filter((name) => looksPersonal(name.replaceAll('*', '')));
}

/**
 * Names that begin or end with a star share it, so that a name is read once for all of them, and the nginx
 * configuration stays readable. Names with more stars inside have their own.
 */
function sourceOfAny(names: readonly string[], glance: Glance): string {
  const [starred, others] = parted(names, (name) => /^\*[^*]*\*?$/.test(name));
  const ends = starred.map((name) => name.slice(1));
  const afterStar = ends.length === 0 ? [] : [`${ANY}?${glance(ends)}${withSharedEnd(ends)}`];
  return oneOf([...(others.length === 0 ? [] : [withSharedEnd(others)]), ...afterStar]);
}

/** Returns a test that is made before names are tried one by one. */
type Glance = (names: readonly string[]) => string;

const GLANCED = 3;

/** Tests whether a name can begin here. Mostly none can, and PCRE would try some forty names at each character. */
function glancing(names: readonly string[]): string {
  const length = Math.min(GLANCED, ...names.map((name) => name.replace(/\*.*/, '').length));
  const classes = Array.from({ length }, (_, at) => {
    const characters = new Set(names.map((name) => name.charAt(at).toLowerCase()));
    return `[${[...characters]
      .sort()
      .join('')
      .replace(/[\\\]^-]/g, '\\$&')}]`;
  });
  return length === 0 ? '' : `(?=${classes.join('')})`;
}

function withSharedEnd(names: readonly string[]): string {
  const [starred, others] = parted(names, (name) => name.endsWith('*'));
  const beforeStar = starred.map((name) => sourceOf(name.slice(0, -1)));
  return oneOf([...others.map(sourceOf), ...(starred.length === 0 ? [] : [`${oneOf(beforeStar)}${ANY}`])]);
}

function parted(
  names: readonly string[],
  isFirst: (name: string) => boolean,
): readonly [readonly string[], readonly string[]] {
  return [names.filter(isFirst), names.filter((name) => !isFirst(name))];
}

function oneOf(sources: readonly string[]): string {
  return sources.length === 1 ? sources.join('') : `(?:${sources.join('|')})`;
}

/** Whether every cookie of a Cookie header is one of the names. */
export function compileOnlyCookies(names: readonly string[]): (header: string) => boolean {
  const isKnown = compileName(names);
  return (header) =>
    header
      .split(';')
      .map((pair) => pair.trim())
      // A pair without a name, `=value`, is still a cookie.
      .every((pair) => pair === '' || isKnown(pair.split('=', 1)[0]?.trimEnd() ?? ''));
}

function compileName(names: readonly string[]): (name: string) => boolean {
  const pattern = new RegExp(`^(?:${names.map(sourceOf).join('|') || '(?!)'})$`, 'i');
  return (name) => pattern.test(name);
}
