import { canonicalPath } from '../../page/layout.js';
import { compileSelector, isGlob, type Selector } from '../../page/selector.js';
import { parseTag } from '../../page/tag.js';
import { badTarget } from './bad-target.js';
import type { WrittenTarget } from './target.js';

/**
 * The selector that a written target means on a site with these `hosts`. Throws `ERR_BAD_TARGET`, also for the URL of
 * another host where `hosts` lists them, or `ERR_BAD_TAG`.
 */
export function readTarget(written: WrittenTarget, hosts: readonly string[]): Selector {
  if (typeof written === 'string') return readText(written, hosts);
  if (written instanceof URL) return readUrl(written, hosts);
  return { kind: 'tag', value: parseTag(written.tag) };
}

/** Reads a path, a glob or a URL. A query or a fragment names the page without it. */
function readText(written: string, hosts: readonly string[]): Selector {
  if (written.startsWith('!')) {
    throw badTarget(written, "a glob cannot be negated; list the globs to delete, without a leading '!'");
  }
  if (/^https?:\/\//i.test(written)) return readUrl(written, hosts);
  const path = written.replace(/[?#].*$/su, '');
  if (!path.startsWith('/'))
    throw badTarget(written, `it must start with '/', as in ${JSON.stringify(`/${path}`)}`);
  return isGlob(path) ? readGlob(path) : { kind: 'path', value: readPath(written, path) };
}

/** Reads a URL: its host narrows the selector where the site has several, its query is dropped. */
function readUrl(written: string | URL, hosts: readonly string[]): Selector {
  const url = URL.canParse(String(written)) ? new URL(String(written)) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw badTarget(String(written), 'only http and https URLs name pages');
  const value = readPath(String(written), url.pathname);
  if (hosts.length === 0) return { kind: 'path', value };
  if (!hosts.includes(url.hostname))
    throw badTarget(url.hostname, `no page is on this host; \`hosts\` lists ${hosts.join(', ')}`);
  return { kind: 'path', value, host: url.hostname };
}

function readPath(written: string, path: string): string {
  const canonical = canonicalPath(path);
  if (canonical === undefined) {
    throw badTarget(
      written,
      'no page can have this path: it has an empty, dotted or unmappable part, or a broken escape',
    );
  }
  return canonical;
}

function readGlob(pattern: string): Selector {
  if (/\/\/|\/\.\.?(?:\/|$)|[\\%]|\p{Cs}/u.test(pattern)) {
    throw badTarget(
      pattern,
      'a glob has no empty part, dot part, backslash or percent-escape; write characters as they read',
    );
  }
  // Silently they would name other pages than are meant, or none.
  if (/\{[^{},]*\}|\{.*\.\.|\[[^\]]*[\u{10000}-\u{10ffff}]/u.test(pattern)) {
    throw badTarget(
      pattern,
      'braces list two or more things, not a range; a class has no character beyond U+FFFF',
    );
  }
  const selector: Selector = { kind: 'glob', value: pattern };
  try {
    compileSelector(selector);
  } catch (error) {
    throw badTarget(pattern, 'it is not a valid glob', error);
  }
  return selector;
}
