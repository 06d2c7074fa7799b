import { defaultBypassCookies, defaultIgnoreCookies } from './default-cookies.js';
import { nameSource } from './name-source.js';

/** A cookie name, in which `*` stands for any characters. */
export const cookieNamePattern = /^[\w!#$%&'*+.^`|~-]+$/;

const CHARACTER = '[^=;,\\s]';
const ANY = `${CHARACTER}*`;
const END = '(?:[=;,\\s]|$)';
const sourceOf = (name: string) => nameSource(name, CHARACTER);

const isDefault = (name: string) => defaultBypassCookies.includes(name);
/** Found once: every site asks for it several times at its start. */
const likeAnyDefault = mistakenFor(defaultBypassCookies);

/** The lists that say which cookies make a request personal. */
export interface CookieLists {
  readonly bypassCookies: readonly string[];
  readonly ignoreCookies: readonly string[];
  /** Cookies with a value that choose a variant of the page that is asked for, and so are neither. Default: none. */
  readonly choosing?: readonly string[];
}

/** Where a name could begin. PCRE would look for that at every character: this takes it from one place to the next. */
const BEGINNING = { javascript: '(?:^|[;,\\s])', pcre: '\\A(?:[^;,\\s]*+[;,\\s]++)*?' } as const;

/**
 * The regular expression that finds a cookie that makes a request personal in a whole Cookie header. It looks for names
 * wherever one could begin, because Node and nginx split and trim odd headers differently; what it finds too much merely
 * bypasses. To be used without regard to case. Undefined for no names.
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

/** Whether a name is on neither list, so that nothing says whether pages depend on the cookie. */
export function compileUnknown(lists: CookieLists): (name: string) => boolean {
  const isPersonal = compilePersonal(lists);
  const isIgnored = compileName(lists.ignoreCookies);
  return (name) => !isIgnored(name) && !isPersonal(name);
}

/** The lists with names that the site has learned. A name that the site has declared since is what the site says it is. */
export function withLearned<Lists extends CookieLists>(lists: Lists, learned: readonly string[]): Lists {
  const unknown = learned.filter(compileUnknown(lists));
  if (unknown.length === 0) return lists;
  return { ...lists, bypassCookies: [...lists.bypassCookies, ...unknown] };
}

/** Which names make a request personal: sources of whole names, without look-around. */
export interface CookieNames {
  /** Those that only look so. */
  readonly looks: string | undefined;
  /** Those that only look so, and are the cookies of others. */
  readonly unless: string | undefined;
  readonly always: string | undefined;
}

/** Undefined: none does. */
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
 * The cookies of others that only look personal to a default name: `_hjSession*` to `*sess*`. Of what the site names
 * itself, every cookie that bypasses does, whatever is to be ignored.
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
 * Names that begin or end with a star share it: a name is gone through once for all of them, and nginx can be read. Those with
 * stars within as well have their own.
 */
function sourceOfAny(names: readonly string[], glance: Glance): string {
  const [starred, others] = parted(names, (name) => /^\*[^*]*\*?$/.test(name));
  const ends = starred.map((name) => name.slice(1));
  const afterStar = ends.length === 0 ? [] : [`${ANY}?${glance(ends)}${withSharedEnd(ends)}`];
  return oneOf([...(others.length === 0 ? [] : [withSharedEnd(others)]), ...afterStar]);
}

/** What is looked at before names are tried one by one. */
type Glance = (names: readonly string[]) => string;

const GLANCED = 3;

/** Whether the next characters could begin any of the names. They mostly cannot, and PCRE tries some forty names at each character. */
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
      // A pair without a name, `=value`, is a cookie all the same.
      .every((pair) => pair === '' || isKnown(pair.split('=', 1)[0]?.trimEnd() ?? ''));
}

function compileName(names: readonly string[]): (name: string) => boolean {
  const pattern = new RegExp(`^(?:${names.map(sourceOf).join('|') || '(?!)'})$`, 'i');
  return (name) => pattern.test(name);
}
