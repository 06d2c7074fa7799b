/** A string that was written in place of a regular expression but is none, though it may be read as one. */
export interface MistakenPattern {
  readonly kind: 'a glob' | 'the path of a route';
  /** The regular expression for what was meant. */
  readonly meant: RegExp;
}

/** A string with one of these is meant as a regular expression. */
const REGULAR = /[\^$\\()|+?]/;
/** As a regular expression, this would mean any number of slashes, or braces, which no page's path has. */
const GLOB = /(?:^|\/)\*|\{[^{}]*,[^{}]*\}/;
const COUNT = /\{\d+(?:,\d*)?\}/g;
/** A class of letters and digits; its ranges are those that people write. */
const CHARACTERS = /^\[(?:\w|a-z|A-Z|0-9)+\]$/;
const PARAMETER = /(?<=\/):[A-Za-z_]\w*/;
const TOKENS = /\*\*|\*|\{[^{}]*\}|\[[^\]]*\]|(?<=\/):[A-Za-z_]\w*|./gsu;

/**
 * Recognizes a string that is a glob or the path of an Express route rather than the source of a regular expression. As
 * a regular expression, `/posts/*` would match `/postscript`, and `/posts/:slug` nothing.
 */
export function mistakenPattern(written: string): MistakenPattern | undefined {
  if (REGULAR.test(written)) return undefined;
  if (hasParameter(written)) return { kind: 'the path of a route', meant: meantBy(written) };
  const isGlob = GLOB.test(written.replace(/\[[^\]]*\]/g, '[]').replace(COUNT, ''));
  return isGlob ? { kind: 'a glob', meant: meantBy(written) } : undefined;
}

/** Returns what an option expects instead of a value; `undefined` for a regular expression or the source of one. */
export function expectedPattern(value: unknown): string | undefined {
  if (value instanceof RegExp) return undefined;
  if (typeof value !== 'string' || value === '') return 'a regular expression';
  const mistaken = mistakenPattern(value);
  if (mistaken !== undefined) return `a regular expression such as ${mistaken.meant}, not ${mistaken.kind}`;
  const broken = whyInvalid(value);
  return broken === undefined ? undefined : `a valid regular expression (${broken})`;
}

function whyInvalid(source: string): string | undefined {
  try {
    new RegExp(source);
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

/** Whether a path has a parameter as in Express: `/posts/:slug`. A page may have such a path, but rarely does. */
export function hasParameter(path: string): boolean {
  return PARAMETER.test(path);
}

function meantBy(written: string): RegExp {
  const source = written.match(TOKENS)?.map(sourceOf).join('') ?? '';
  return new RegExp(`${written.startsWith('/') ? '^' : ''}${source}$`);
}

function sourceOf(token: string): string {
  if (token === '**') return '.*';
  if (token === '*' || /^:./.test(token)) return '[^/]+';
  if (CHARACTERS.test(token)) return token;
  if (/^\{.*\}$/s.test(token)) return `(?:${token.slice(1, -1).split(',').map(literal).join('|')})`;
  return literal(token);
}

function literal(text: string): string {
  return text.replace(/[.*{}[\]]/g, '\\$&');
}
