/**
 * The canonical URL path as regular-expression source, in the common subset of JavaScript and PCRE: the code
 * compiles it below, the nginx generator prints it. One grammar, two engines.
 *
 * Literals are RFC 3986 §2.3 unreserved characters and those sub-delimiters that nginx and Node treat alike.
 * `;` is left out (path parameters), and so is `*`, which would make a path a glob for quickDelete.
 */

/** Extensions that a file under WEB_ROOT may end in; the order is the order of the generated configuration. */
export const knownExtensions = Object.freeze([
  ...['html', 'htm', 'json', 'xml', 'rss', 'atom', 'txt', 'md', 'csv', 'ics', 'css', 'js', 'mjs', 'svg'],
  ...['webmanifest', 'pdf', 'png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'ico'],
] as const);

export type Extension = (typeof knownExtensions)[number];

/** Suffixes of files that lie beside pages: no segment may end in one. */
export const codingSuffixes = Object.freeze(['.gz', '.br', '.zst'] as const);
const reservedSuffixes = [...codingSuffixes, '.tmp'];

/** The characters of a class. */
export const LITERALS = "A-Za-z0-9._~@!$&'()+,=:-";

/** Percent-escapes that must be escapes: upper-case, well-formed UTF-8 (RFC 3629 §4) above the C1 controls. */
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

/** The one character of ASCII that people put into addresses and that must be escaped: tags of two words. */
const SPACE_ESCAPE = '%20';

const CHARACTER = `[${LITERALS}]|${SPACE_ESCAPE}|${UTF8_ESCAPES}`;

/** The three shapes of a page's path. */
export type Shape = 'directory' | 'extension' | 'extensionless';

export type Dialect = 'javascript' | 'pcre';

/**
 * The source of a shape, unanchored. In PCRE, quantifiers are possessive, so that a hostile URL costs nginx one
 * pass; JavaScript has none, and its engine is never run on more than a request line's length.
 */
export function shapeSource(shape: Shape, dialect: Dialect): string {
  const { directories, last, plain } = partsOf(dialect);
  if (shape === 'directory') return directories;
  if (shape === 'extensionless') return `${directories}${last}${plain}`;
  const known = knownExtensions.map((extension) => `\\.${extension}`).join('|');
  return `${directories}${last}(?<=${known})`;
}

/** The folders of a path, its last name, and what says that a name has no extension. */
function partsOf(dialect: Dialect) {
  const more = dialect === 'pcre' ? '++' : '+';
  const any = dialect === 'pcre' ? '*+' : '*';
  const name = `(?!\\.)(?:${CHARACTER})${more}`;
  const notReserved = '(?!index\\.)(?![^/]*\\.page\\.)';
  const suffixes = [...knownExtensions.map((extension) => `.${extension}`), ...reservedSuffixes];
  const plain = `(?<!${suffixes.map(escapeDot).join('|')})`;
  return { directories: `/(?:${name}${plain}/)${any}`, last: `${notReserved}${name}`, plain };
}

/** The source of a path of any shape, unanchored. Which shape it is, its end says: see {@link endSource}. */
export function canonicalSource(dialect: Dialect): string {
  const reserved = `(?<!${reservedSuffixes.map(escapeDot).join('|')})`;
  const { directories, last } = partsOf(dialect);
  return `${directories}(?:${last}${reserved})?${dialect === 'pcre' ? '+' : ''}`;
}

/**
 * The same without look-around, for engines that have none (RE2): a path is canonical if it matches `path` as a whole, and
 * `never` is not found in it.
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

/** The source of the end that tells a shape from the others; undefined for the one that has neither end. */
export function endSource(shape: Shape): string | undefined {
  if (shape === 'directory') return '/';
  return shape === 'extension' ? `\\.(?:${knownExtensions.join('|')})` : undefined;
}

/**
 * The source of the paths of a shape that have neither dots nor escapes, unanchored and for PCRE: a part of what
 * {@link shapeSource} has, in one pass over one class of characters. Undefined for the shape that has a dot.
 */
export function usualSource(shape: Shape): string | undefined {
  const name = `[${LITERALS.replace('.', '')}]++`;
  if (shape === 'directory') return `/(?:${name}/)*+`;
  return shape === 'extensionless' ? `(?:/${name})++` : undefined;
}

function escapeDot(suffix: string): string {
  return suffix.replace('.', '\\.');
}

/** Nearly all paths: no dot, which is what the rules of the grammar are about, and no escape. */
const usual = new RegExp(`^(?:/[${LITERALS.replace('.', '')}]+)*/?$`);

const compiled: readonly (readonly [Shape, RegExp])[] = (
  ['directory', 'extension', 'extensionless'] as const
).map((shape) => [shape, new RegExp(`^${shapeSource(shape, 'javascript')}$`)]);

/** Which shape a raw request path has, or undefined where it is not canonical and so never a page. */
export function shapeOf(path: string): Shape | undefined {
  if (path !== '' && usual.test(path)) return path.endsWith('/') ? 'directory' : 'extensionless';
  return compiled.find(([, pattern]) => pattern.test(path))?.[0];
}

const literal = new RegExp(`^[${LITERALS}]$`);

/** Whether an ASCII character stands for itself in a canonical path. */
export function isLiteral(character: string): boolean {
  return literal.test(character);
}
