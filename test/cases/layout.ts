/**
 * Which request targets are pages, and in which file each page is: one table for the code, for its inverse, and for
 * nginx. Targets are written as sent, one character for each byte (latin1).
 */
export interface LayoutCase {
  /** The raw request target. */
  readonly target: string;
  /** The page's file in the folder of its host, as HTML or as the type of its extension. Absent if it is not a page. */
  readonly file?: string;
  /** The file of the page as JSON, if the path names no type. */
  readonly json?: string;
  /** The UTF-8 decoding, if it differs from the target. */
  readonly decoded?: string;
  /** What the case shows. */
  readonly why?: string;
  /** nginx itself answers 400, with the cache and without, so the app never gets the request. */
  readonly refusedByNginx?: true;
  /** nginx passes the request on, and Node's parser answers 400. */
  readonly refusedByNode?: true;
}

const extensionless = (target: string, why?: string, decoded = target): LayoutCase => {
  const name = decoded.slice(1);
  const spelling = decoded === target ? {} : { decoded };
  return { target, file: `${name}.page.html`, json: `${name}.page.json`, ...spelling, ...because(why) };
};
const known = (target: string, why?: string): LayoutCase => ({
  target,
  file: target.slice(1),
  ...because(why),
});
const directory = (target: string, why?: string, decoded = target): LayoutCase => {
  const spelling = decoded === target ? {} : { decoded };
  return { target, file: `${decoded.slice(1)}index.html`, ...spelling, ...because(why) };
};
const encoded = (decoded: string, why?: string): LayoutCase =>
  extensionless(encodeURI(decoded), why, decoded);
const no = (target: string, why: string): LayoutCase => ({ target, why });
const refused = (target: string, why: string): LayoutCase => ({ target, why, refusedByNginx: true });

function because(why: string | undefined): { readonly why?: string } {
  return why === undefined ? {} : { why };
}

/** 80 characters of three bytes each: 254 bytes with `.page.html` and the longest suffix of a coding. */
const japaneseSlug = '日本語の記事'.repeat(14).slice(0, 80);

export const pageCases: readonly LayoutCase[] = [
  directory('/'),
  directory('/blog/'),
  directory('/a/b/c/'),
  directory('/index/', 'only last segments `index.*` are reserved'),
  directory('/index.d/', 'a folder may be called index.…'),
  directory('/a.page.b/', 'a folder may have .page. in its name'),
  directory('/v1.2/'),
  directory('/x.HTML/', 'extensions are known in lower case only'),
  directory(encodeURI('/блог/'), 'a folder in Cyrillic', '/блог/'),
  directory(`/${'d'.repeat(255)}/`, 'a folder gets no suffix'),

  known('/a.html'),
  known('/post/a.html'),
  known('/feed.xml'),
  known('/robots.txt'),
  known('/a.json'),
  known('/favicon.ico'),
  known('/deep/er/style.css'),
  known('/a.xml.html', 'the last extension counts'),
  known('/a.gz.html', 'a coding suffix in the middle is none'),
  known('/a.min.js'),
  { target: encodeURI('/日本.html'), file: '日本.html', decoded: '/日本.html' },
  known(`/${'h'.repeat(246)}.html`, '255 bytes with the longest coding suffix'),

  extensionless('/blog'),
  extensionless('/blog/2024/hello-world'),
  extensionless('/docs/v1.2', 'a dot makes no extension'),
  extensionless('/html', 'the name of an extension, without its dot'),
  extensionless('/xhtml'),
  extensionless('/A.HTML', 'extensions are known in lower case only'),
  extensionless('/a.htmlx'),
  extensionless('/a.'),
  encoded('/tags/machine learning', 'an escaped space'),
  encoded('/a ', 'a space at the end'),
  encoded('/ ', 'nothing but a space'),
  encoded('/ a', 'a space at the start'),
  encoded('/a  b', 'two spaces'),
  encoded('/a.html ', 'a space after an extension'),
  encoded('/a .x', 'a space before a dot'),
  encoded('/index .html x', 'index and a space'),
  encoded('/a+b c', 'a plus sign is none'),
  directory('/a%20b/', 'a folder with a space', '/a b/'),
  directory('/%20/', 'a folder of a space', '/ /'),
  { target: '/my%20file.html', file: 'my file.html', decoded: '/my file.html' },
  { target: '/a%20.xml', file: 'a .xml', decoded: '/a .xml' },
  extensionless('/a..b', 'dots within a segment are no dot segment'),
  extensionless('/a...'),
  extensionless('/index', 'reserved only with a dot'),
  extensionless('/indexes'),
  extensionless('/a.page', 'reserved only with a dot after it'),
  extensionless('/page.'),
  extensionless('/a.html.page'),
  extensionless('/a.gzip'),
  extensionless('/agz'),
  extensionless('/@user'),
  extensionless('/~user'),
  extensionless('/Foo_(bar)'),
  extensionless('/a+b,c', 'a plus is a plus in a path'),
  extensionless('/a=b&c'),
  extensionless("/a!b$c'd:e"),
  extensionless('/$uri', 'to nginx a variable, if it read it'),
  extensionless('/-'),
  extensionless('/_'),
  encoded('/café'),
  encoded('/привет'),
  encoded('/日本/語'),
  encoded('/😀', 'four bytes'),
  encoded('/x\u0301', 'a combining accent'),
  encoded('/\u00a0', 'the first character above the C1 controls'),
  encoded('/\u2028', 'a line separator is no line end to a URL'),
  encoded('/\u{10fffd}', 'the last character'),
  encoded(`/${japaneseSlug}`, '80 Japanese characters'),
  extensionless(`/${'a'.repeat(241)}`, '255 bytes with .page.html and the longest coding suffix'),
  extensionless(`${'/abcdefgh'.repeat(20)}`, 'twenty folders deep'),
];

const emptyAndDotSegments: readonly LayoutCase[] = [
  no('//', 'an empty segment'),
  no('//blog', 'an empty segment'),
  no('/blog//', 'an empty segment'),
  no('/a//b', 'an empty segment'),
  no('/.', 'a dot segment'),
  no('/./', 'a dot segment'),
  no('/./blog', 'a dot segment'),
  no('/a/./b', 'a dot segment'),
  no('/a/../blog', 'a dot segment'),
  no('/a/..', 'a dot segment'),
  no('/...', 'a segment that starts with a dot'),
  no('/.hidden', 'a segment that starts with a dot'),
  no('/.html', 'a segment that starts with a dot'),
  no('/a/.xml', 'a segment that starts with a dot'),
  no('/.well-known/security.txt', 'a segment that starts with a dot'),
  no('/.staticgenerator/ledger.sqlite', 'the state folder'),
  no('/.staticgenerator/', 'the state folder'),
  no('/.staticgenerator/marker.json', 'the state folder'),
  no('/a/../.staticgenerator/marker.json', 'the state folder'),
  no('/%2estaticgenerator/marker.json', 'the state folder'),
  refused('/../x', 'above the root'),
  refused('/..', 'above the root'),
  refused('/a/../../x', 'above the root'),
  refused('/%2e%2e/x', 'above the root'),
];

const reservedNames: readonly LayoutCase[] = [
  no('/index.html', 'reserved: the file of /'),
  no('/blog/index.html', 'reserved: the file of /blog/'),
  no('/index.', 'reserved'),
  no('/index.php', 'reserved'),
  no('/index.page.html', 'reserved: the file of /index'),
  no('/blog.page.html', 'reserved: the file of /blog'),
  no('/blog.page.json', 'reserved: the file of /blog as JSON'),
  no('/blog.page.', 'reserved'),
  no('/a.page.b', 'reserved'),
  no('/blog.gz', 'a coding suffix'),
  no('/blog.br', 'a coding suffix'),
  no('/blog.zst', 'a coding suffix'),
  no('/blog.tmp', 'a temporary suffix'),
  no('/a.html.gz', 'the coding of /a.html'),
  no('/a.html.br', 'the coding of /a.html'),
  no('/index.html.gz', 'the coding of /'),
  no('/blog.page.html.gz', 'the coding of /blog'),
  no('/a.html/', 'a folder where the file of /a.html lies'),
  no('/a.html/b', 'a folder where the file of /a.html lies'),
  no('/index.html/', 'a folder where the file of / lies'),
  no('/blog.page.html/', 'a folder where the file of /blog lies'),
  no('/feed.xml/more', 'a folder ending in a known extension'),
  no('/a.gz/', 'a folder ending in a coding suffix'),
  no('/a.gz/b', 'a folder ending in a coding suffix'),
  no('/a.tmp/b.html', 'a folder ending in a temporary suffix'),
  no(`/${'a'.repeat(242)}`, '256 bytes with .page.html and the longest coding suffix'),
  no(`/${'h'.repeat(247)}.html`, '256 bytes with the longest coding suffix'),
  no(`/${'d'.repeat(256)}/`, 'a folder of 256 bytes'),
  no(encodeURI(`/${japaneseSlug}日`), '81 Japanese characters'),
  no('/abcdefgh'.repeat(400), 'longer than a path may be'),
];

const escapes: readonly LayoutCase[] = [
  no('/a%2Fb', 'an escaped slash'),
  no('/a%2fb', 'an escaped slash'),
  no('/%2F', 'an escaped slash'),
  no('/a%5Cb', 'an escaped backslash'),
  no('/%2E', 'an escaped dot'),
  no('/a/%2E%2E/b', 'an escaped dot segment'),
  no('/index%2Ehtml', 'an escaped dot'),
  no('/%66oo', 'an escape of an unreserved character'),
  no('/%41', 'an escape of an unreserved character'),
  no('/%7Euser', 'an escape of an unreserved character'),
  no('/%40user', 'an escape of a character that stands for itself'),
  no('/.%20a', 'a dot before a space'),
  no('/a.page.%20html', 'a name that marks a page, though with a space'),
  no('/a%20b.gz', 'a coding suffix after a space'),
  no('/a%2520b', 'a space that is escaped twice'),
  no('/a%2Bb', 'an escape of a character that stands for itself'),
  no('/100%25', 'an escaped per cent'),
  no('/a%3Fb', 'an escaped question mark'),
  no('/a%23b', 'an escaped number sign'),
  no('/a%3Bb', 'an escaped semicolon'),
  no('/a%22b', 'an escaped quotation mark'),
  no('/a%0Ab', 'an escaped line feed'),
  no('/a%0D%0Ab', 'an escaped line end'),
  no('/a%09', 'an escaped tab'),
  no('/a%1F', 'an escaped control character'),
  no('/a%7F', 'an escaped control character'),
  no('/a%C2%80', 'an escaped C1 control character'),
  no('/a%C2%9F', 'an escaped C1 control character'),
  no('/caf%c3%a9', 'lower-case escapes'),
  no('/caf%C3%a9', 'a lower-case escape'),
  no('/%C3', 'half a character'),
  no('/%C3x', 'half a character'),
  no('/%A9', 'a tail without a head'),
  no('/%C3%C3', 'two heads'),
  no('/%E6%97', 'two thirds of a character'),
  no('/%C0%AF', 'an overlong slash'),
  no('/%C1%BF', 'overlong'),
  no('/%E0%80%AF', 'an overlong slash'),
  no('/%E0%9F%BF', 'overlong'),
  no('/%F0%8F%BF%BF', 'overlong'),
  no('/%ED%A0%80', 'a surrogate'),
  no('/%F4%90%80%80', 'beyond Unicode'),
  no('/%F5%80%80%80', 'beyond Unicode'),
  no('/%FF', 'no UTF-8'),
  refused('/a%00', 'an escaped zero byte'),
  refused('/a%zz', 'no escape at all'),
  refused('/a%', 'no escape at all'),
  refused('/a%4', 'no escape at all'),
];

const characters: readonly LayoutCase[] = [
  no('/a;b', 'path parameters'),
  no('/;', 'path parameters'),
  no('/a*', 'a glob to quickDelete'),
  no('/*', 'a glob to quickDelete'),
  no('/a\\b', 'a backslash'),
  no('/\\', 'a backslash'),
  no('/..\\x', 'a backslash'),
  no('/a"b', 'a quotation mark'),
  no('/a<b>', 'angle brackets'),
  no('/a[b]', 'square brackets'),
  no('/a{b}', 'braces'),
  no('/a|b', 'a bar'),
  no('/a^b', 'a circumflex'),
  no('/a`b', 'a grave accent'),
  { target: '/caf\xc3\xa9', why: 'raw UTF-8', refusedByNode: true },
  { target: '/caf\xe9', why: 'raw latin1', refusedByNode: true },
  { target: '/\x80', why: 'a raw high byte', refusedByNode: true },
  { target: '/a\xa0', why: 'a raw high byte', refusedByNode: true },
  refused('/a\x01', 'a control byte'),
  refused('/a\tb', 'a tab'),
  refused('/a\x7f', 'a control byte'),
  refused('/a\x00', 'a zero byte'),
  refused('/a b', 'a space'),
];

const otherForms: readonly LayoutCase[] = [
  no('/blog?', 'an empty query'),
  no('/blog?a=1', 'a query'),
  no('/?', 'an empty query'),
  no('/blog/?utm_source=x', 'a query'),
  no('/a.html?x', 'a query'),
  no('/blog??', 'a query'),
  no('/blog#top', 'a fragment'),
  no('/#', 'an empty fragment'),
  no('/blog#?a', 'a fragment'),
  refused('', 'nothing'),
  refused('blog', 'no slash'),
  refused('*', 'the asterisk form'),
  refused('example.org:443', 'the authority form'),
];

export const otherCases: readonly LayoutCase[] = [
  ...emptyAndDotSegments,
  ...reservedNames,
  ...escapes,
  ...characters,
  ...otherForms,
];

export const layoutCases: readonly LayoutCase[] = [...pageCases, ...otherCases];

/**
 * The code takes a target in absolute form for no page. nginx first turns it into the origin form, and sends that to
 * the app, so nginx takes it for the page of its path.
 */
export const absoluteForms: readonly LayoutCase[] = [
  no('http://localhost/', 'the absolute form'),
  no('http://localhost/blog', 'the absolute form'),
  no('HTTP://localhost/blog', 'the absolute form'),
  no('http://localhost', 'the absolute form without a path'),
];
