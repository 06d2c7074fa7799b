/**
 * Which page a path or URL names as a target, in every spelling: one table for the code that reads targets, and for a
 * site that stores and deletes the pages.
 */
export interface TargetCase {
  /** As a URL helper of an app may write it. */
  readonly written: string;
  /** The canonical path of the page. Absent if no page can have this path, in any spelling. */
  readonly page?: string;
  /** The value of the selector, if it is not the page. */
  readonly selector?: string;
  /** How the report names a path that cannot be a page, if not as written. */
  readonly listed?: string;
  readonly why: string;
}

const names = (written: string, page: string, why: string): TargetCase => ({ written, page, why });
const none = (written: string, why: string, listed = written): TargetCase => ({ written, listed, why });

const japanese = '日本語の記事'.repeat(14).slice(0, 80);

const canonical: readonly TargetCase[] = [
  names('/', '/', 'the root'),
  names('/blog', '/blog', 'canonical'),
  names('/blog/', '/blog/', 'canonical, with a slash at the end'),
  names('/post/a.html', '/post/a.html', 'a known extension'),
  names('/a+b@c!d$e', '/a+b@c!d$e', 'characters that stand for themselves'),
  names('/Foo_(bar)', '/Foo_(bar)', 'parentheses'),
  names('/:name', '/:name', 'a colon'),
  names('/a..b', '/a..b', 'dots within a segment'),
  names('/a.', '/a.', 'a dot at the end'),
  names('/caf%C3%A9', '/caf%C3%A9', 'an escape in upper case'),
  names(encodeURI(`/${japanese}`), encodeURI(`/${japanese}`), 'as long as a name may be'),
  { ...names('/blog.html/', '/blog.html', 'only the other form is a page'), selector: '/blog.html/' },
  names('/index', '/index', 'reserved only with a dot'),
];

const spellings: readonly TargetCase[] = [
  names('/café', '/caf%C3%A9', 'raw Unicode'),
  names('/日本/あ.html', '/%E6%97%A5%E6%9C%AC/%E3%81%82.html', 'raw Unicode with an extension'),
  names('/😀', '/%F0%9F%98%80', 'a raw character of four bytes'),
  names('/caf%c3%a9', '/caf%C3%A9', 'an escape in lower case'),
  names('/caf%C3%a9', '/caf%C3%A9', 'an escape in both cases'),
  names('/é%C3%A9', '/%C3%A9%C3%A9', 'raw and escaped'),
  names('/%7Euser', '/~user', 'an escaped tilde'),
  names('/%7euser', '/~user', 'an escaped tilde in lower case'),
  names('/%41%42', '/AB', 'escaped letters'),
  names('/a%2Eb', '/a.b', 'an escaped dot'),
  names('/a%2D%5F', '/a-_', 'escaped unreserved characters'),
  names('/%40user', '/@user', 'an escaped at sign'),
  names('/a%2Bb', '/a+b', 'an escaped plus'),
  names('/Foo_%28bar%29', '/Foo_(bar)', 'escaped parentheses'),
  names('/a%2Cb%3Ac', '/a,b:c', 'escaped sub-delimiters'),
  names('/a/./b', '/a/b', 'a dot segment'),
  names('/a/../b', '/b', 'a double dot segment'),
  names('/a/%2e%2E/b', '/b', 'an escaped double dot segment'),
  names('/../../etc/passwd', '/etc/passwd', 'double dots beyond the root'),
  names('/a/..', '/', 'a double dot segment at the end'),
  names('/a/b/.', '/a/b/', 'a dot segment at the end'),
  names('/a\\b', '/a/b', 'a backslash, which browsers send as a slash'),
  names('/a\nb', '/ab', 'a line break, which browsers leave out'),
  names('/a\tb', '/ab', 'a tab, which browsers leave out'),
  names('/a\ud800', '/a%EF%BF%BD', 'a lone surrogate, which every encoder replaces'),
];

const queries: readonly TargetCase[] = [
  names('/blog?page=2', '/blog', 'a query'),
  names('/blog?', '/blog', 'an empty query'),
  names('/blog#top', '/blog', 'a fragment'),
  names('/?q=a%20b', '/', 'a query with an escaped space'),
  names('/caf%c3%a9?a[]={b}*', '/caf%C3%A9', 'a query with the characters of globs'),
  none('/a%25b?page=2', 'a query after a path that can be no page', '/a%25b'),
  none('/a%25b#top', 'a fragment after a path that can be no page', '/a%25b'),
];

const characters: readonly TargetCase[] = [
  names('/tags/machine%20learning', '/tags/machine%20learning', 'an escaped space'),
  names('/tags/machine learning', '/tags/machine%20learning', 'a raw space'),
  none('/100%25', 'an escaped per cent sign'),
  none('/100%', 'a broken escape'),
  none('/a%4', 'half an escape'),
  none('/a%zz', 'no escape at all'),
  none('/50%-off', 'a per cent sign before something else'),
  none('/what%3F', 'an escaped question mark'),
  none('/c%23', 'an escaped number sign'),
  none('/a;b', 'a semicolon'),
  none('/a%3Bb', 'an escaped semicolon'),
  none('/;jsessionid=1', 'a path parameter'),
  none('/say-"hi"', 'quotation marks'),
  none('/say-%22hi%22', 'escaped quotation marks'),
  none('/a%2Fb', 'an escaped slash'),
  none('/a%2fb', 'an escaped slash in lower case'),
  none('/a%5Cb', 'an escaped backslash'),
  none('/a%2Ab', 'an escaped star'),
  none('/a%5Bb%5D', 'escaped brackets'),
  none('/a%7Bb%7D', 'escaped braces'),
  none('/a]b', 'a closing bracket'),
  none('/a}b', 'a closing brace'),
  none('/a<b>', 'angle brackets'),
  none('/a|b', 'a bar'),
  none('/a^b', 'a circumflex'),
  none('/a`b', 'a grave accent'),
  none('/a%00', 'an escaped null byte'),
  none('/a\0b', 'a null byte'),
  none('/a%0Ab', 'an escaped line break'),
  none('/a\u007f', 'a delete character'),
  none('/a%C2%85', 'an escaped control character'),
  none('/caf%C3', 'broken UTF-8'),
  none('/caf%E9', 'latin1'),
  none('/a%C0%AF', 'an overlong slash'),
  none('/a%ED%A0%80', 'an escaped surrogate'),
];

const shapes: readonly TargetCase[] = [
  none('/.env', 'a hidden file'),
  none('/.well-known/security.txt', 'a hidden folder'),
  none('/a/.hidden/', 'a hidden folder within another'),
  none('/%2Eenv', 'an escaped dot before a name'),
  none('/...', 'three dots'),
  none('/.staticgenerator/ledger.sqlite', 'the folder of the ledger'),
  none('//', 'an empty segment'),
  none('//localhost/a', 'a host in the place of a path'),
  none('/a//b', 'an empty segment within others'),
  none('/index.html', 'the file of another page'),
  none('/blog/index.html', 'the file of another page in a folder'),
  none('/blog.page.html', 'the file of another page, by its name'),
  none('/blog.gz', 'the suffix of a coding'),
  none('/a.tmp/b', 'a suffix of temporary files'),
  none('/feed.xml/more', 'a folder with a known extension'),
  none(`/${'a'.repeat(300)}`, 'longer than a name may be'),
  none(encodeURI(`/${japanese.repeat(2)}`), 'more bytes than a name may have'),
  none('/abcdefgh'.repeat(400), 'longer than a path may be'),
];

const urls: readonly TargetCase[] = [
  names('http://localhost', '/', 'a URL without a path'),
  names('https://www.example.com/blog/', '/blog/', 'a URL'),
  names('HTTP://LOCALHOST/Blog', '/Blog', 'a scheme and a host in upper case'),
  names('http://localhost:3000/a?b=c#d', '/a', 'a port, a query and a fragment'),
  names('http://user:secret@localhost/a', '/a', 'a user and a password'),
  names('http://localhost/café', '/caf%C3%A9', 'a URL with raw Unicode'),
  names('http://localhost/caf%c3%a9', '/caf%C3%A9', 'a URL with an escape in lower case'),
  names('http://localhost/a/../b', '/b', 'a URL with a double dot segment'),
  names('http://localhost/a%20b', '/a%20b', 'a URL with an escaped space'),
  names('http://localhost/a b', '/a%20b', 'a URL with a raw space'),
  none('http://user:secret@localhost:3000/a;b?c', 'a URL, without what may be a secret', '/a;b'),
  none('http://localhost//a', 'a URL with an empty segment', '//a'),
  none('http://localhost/.env', 'a URL of a hidden file', '/.env'),
  none('http://localhost/100%', 'a URL with a broken escape', '/100%'),
];

export const targetCases: readonly TargetCase[] = [
  ...canonical,
  ...spellings,
  ...queries,
  ...characters,
  ...shapes,
  ...urls,
];
