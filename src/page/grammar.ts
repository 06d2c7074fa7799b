/**
 * The canonical URL path as the source of a regular expression, in the syntax that JavaScript and PCRE share: the code
 * compiles it below, and the nginx generator prints it. One grammar, two engines.
 *
 * Literals are the unreserved characters of RFC 3986 §2.3, and those sub-delimiters that nginx and Node treat alike.
 * They do not include `;` (path parameters) and `*`, which would make a path a glob for quickDelete.
 */

/** Extensions that a file under WEB_ROOT may have, in the order of the generated configuration. */
export const knownExtensions = Object.freeze([
  ...['html', 'htm', 'json', 'xml', 'rss', 'atom', 'txt', 'md', 'csv', 'ics', 'css', 'js', 'mjs', 'svg'],
  ...['webmanifest', 'pdf', 'png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'ico'],
] as const);

export type Extension = (typeof knownExtensions)[number];

/** Suffixes of files that are next to pages: no segment may end in one. */
export const codingSuffixes = Object.freeze(['.gz', '.br', '.zst'] as const);
const reservedSuffixes = [...codingSuffixes, '.tmp'];

/** The characters that stand for themselves, for a character class. */
export const LITERALS = "A-Za-z0-9._~@!$&'()+,=:-";

/** Escapes of characters that must be escaped: upper-case, well-formed UTF-8 (RFC 3629 §4) above the C1 controls. */
const HEX = '[0-9A-F]';
const TAIL = `%[89AB]${HEX}`;
export const UTF8_ESCAPES = [
  `%C2%[AB]${HEX}`,
  `%(?:C[3-9A-F]|D${HEX})${TAIL}`,
  `%E0%[AB]${HEX}${TAIL}`,
  `%E[1-9A-CEF]${TAIL}${TAIL}`,
  `%ED%[89]${HEX}${TAIL}`,
  `%F0%[9AB]${HEX}${TAIL}${TAIL}`,
  `%F[1-3]${TAIL}${TAIL}${TAIL}`,
  `%F4%8${HEX}${TAIL}${TAIL}`,
].join('|');

/** The only ASCII character that people put into addresses and that must be escaped: the space in tags of two words. */
const SPACE_ESCAPE = '%20';

const CHARACTER = `[${LITERALS}]|${SPACE_ESCAPE}|${UTF8_ESCAPES}`;

/** The three shapes of a page's path. */
export type Shape = 'directory' | 'extension' | 'extensionless';

export type Dialect = 'javascript' | 'pcre';

/**
 * Returns the source of a shape, unanchored. In PCRE, quantifiers are possessive, so that nginx reads a hostile URL
 * only once. JavaScript has none, but its engine never gets more than the length of a request line.
 */
export function shapeSource(shape: Shape, dialect: Dialect): string {
  const { directories, last, plain } = partsOf(dialect);
  if (shape === 'directory') return directories;
  if (shape === 'extensionless') return `${directories}${last}${plain}`;
  const known = knownExtensions.map((extension) => `\\.${extension}`).join('|');
  return `${directories}${last}(?<=${known})`;
}

/** Returns the sources of a path's folders, of its last name, and of the check that a name has no extension. */
function partsOf(dialect: Dialect) {
  const more = dialect === 'pcre' ? '++' : '+';
  const any = dialect === 'pcre' ? '*+' : '*';
  const name = `(?!\\.)(?:${CHARACTER})${more}`;
  const notReserved = '(?!index\\.)(?![^/]*\\.page\\.)';
  const suffixes = [...knownExtensions.map((extension) => `.${extension}`), ...reservedSuffixes];
  const plain = `(?<!${suffixes.map(escapeDot).join('|')})`;
  return { directories: `/(?:${name}${plain}/)${any}`, last: `${notReserved}${name}`, plain };
}

/** Returns the source of a path of any shape, unanchored. The end of the path shows which: see {@link endSource}. */
export function canonicalSource(dialect: Dialect): string {
  const reserved = `(?<!${reservedSuffixes.map(escapeDot).join('|')})`;
  const { directories, last } = partsOf(dialect);
  return `${directories}(?:${last}${reserved})?${dialect === 'pcre' ? '+' : ''}`;
}

/**
 * The same without look-around, for engines that have none (RE2). A path is canonical if `path` matches it as a whole,
 * and `never` is not found in it.
 */
export const canonicalWithoutLookaround = Object.freeze({
  path: `/(?:(?:${CHARACTER})+/)*(?:${CHARACTER})*`,
  never: [
    '/\\.',
    `\\.(?:${[...knownExtensions, ...reservedSuffixes.map((suffix) => suffix.slice(1))].join('|')})/`,
    '(?:/index\\.|\\.page\\.)[^/]*$',
    `(?:${reservedSuffixes.map(escapeDot).join('|')})$`,
  ].join('|'),
});

/** Returns the source of the end that distinguishes a shape; `undefined` for the shape that has no such end. */
export function endSource(shape: Shape): string | undefined {
  if (shape === 'directory') return '/';
  return shape === 'extension' ? `\\.(?:${knownExtensions.join('|')})` : undefined;
}

/**
 * Returns the source of the paths of a shape without dots and escapes, unanchored, for PCRE. It matches a part of what
 * {@link shapeSource} matches, in one pass over one character class. `undefined` for the shape that has a dot.
 */
export function usualSource(shape: Shape): string | undefined {
  const name = `[${LITERALS.replace('.', '')}]++`;
  if (shape === 'directory') return `/(?:${name}/)*+`;
  return shape === 'extensionless' ? `(?:/${name})++` : undefined;
}

function escapeDot(suffix: string): string {
  return suffix.replace('.', '\\.');
}

/** Matches nearly all paths: those without escapes, and without dots, which the rules of the grammar are about. */
const usual = new RegExp(`^(?:/[${LITERALS.replace('.', '')}]+)*/?$`);

const compiled: readonly (readonly [Shape, RegExp])[] = (
  ['directory', 'extension', 'extensionless'] as const
).map((shape) => [shape, new RegExp(`^${shapeSource(shape, 'javascript')}$`)]);

/** Returns the shape of a raw request path; `undefined` if the path is not canonical, and so never a page. */
export function shapeOf(path: string): Shape | undefined {
  if (path !== '' && usual.test(path)) return path.endsWith('/') ? 'directory' : 'extensionless';
  return compiled.find(([, pattern]) => pattern.test(path))?.[0];
}

const literal = new RegExp(`^[${LITERALS}]$`);

/** Whether an ASCII character stands for itself in a canonical path. */
export function isLiteral(character: string): boolean {
  return literal.test(character);
}
