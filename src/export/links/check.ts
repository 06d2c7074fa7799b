import { documentBase, extractLinks } from '../../publish/warm/links.js';
import { isHtmlType } from '../files/layout.js';
import { linksOfCss, linksOfInlineStyles } from './styles.js';

/** A link of an export that leads nowhere. */
export interface DeadLink {
  /** The file that has it. */
  readonly file: string;
  /** The link as it is written. */
  readonly link: string;
  /** `a`, `img`, …; `css` for a style sheet. */
  readonly element: string;
}

/** A file whose links are checked. */
export interface CheckedFile {
  readonly file: string;
  /** Its own address, and the address at which it is served, if that is a different one. */
  readonly urls: readonly URL[];
  readonly type: string;
  readonly text: string;
}

/** An export as a plain file server would serve it. */
export interface ServedExport {
  readonly has: (file: string) => boolean;
  /** The hosts of its pages. Links to other hosts are not checked. */
  readonly hosts: ReadonlySet<string>;
  /** The path before all its paths. Links to paths outside of it are not checked. */
  readonly base: string;
  /** Whether the server of the export passes this path to an app. */
  readonly isOfIslands: (path: string) => boolean;
}

/** Returns the links of one file to this site that lead nowhere. Leaves out forms, because an app answers them. */
export function deadLinksOf(checked: CheckedFile, served: ServedExport): readonly DeadLink[] {
  const links = isHtmlType(checked.type) ? linksInHtml(checked) : linksInCss(checked);
  const seen = new Set<string>();
  return links.flatMap(({ element, written, urls }) => {
    const isDead = urls.some((url) => isOwn(url, served) && !leadsSomewhere(url.pathname, served));
    if (!isDead || seen.has(`${element} ${written}`)) return [];
    seen.add(`${element} ${written}`);
    return [{ file: checked.file, link: written, element }];
  });
}

interface WrittenLink {
  readonly element: string;
  readonly written: string;
  readonly urls: readonly URL[];
}

function linksInHtml({ text, urls }: CheckedFile): readonly WrittenLink[] {
  const links = urls.flatMap((pageUrl) =>
    extractLinks(text, pageUrl)
      .filter(({ kind }) => kind !== 'form')
      .map(({ element, written, url }) => ({ element, written, urls: [url] })),
  );
  const bases = urls.map((pageUrl) => documentBase(text, pageUrl));
  return [...links, ...inCss(linksOfInlineStyles(text), { element: 'style', urls: bases })];
}

function linksInCss({ text, urls }: CheckedFile): readonly WrittenLink[] {
  return inCss(linksOfCss(text), { element: 'css', urls });
}

function inCss(
  links: readonly string[],
  { element, urls }: Pick<WrittenLink, 'element' | 'urls'>,
): readonly WrittenLink[] {
  return links.map((written) => ({
    element,
    written,
    urls: urls.flatMap((base) => (URL.canParse(written, base.href) ? [new URL(written, base)] : [])),
  }));
}

function isOwn({ protocol, host, pathname }: URL, { hosts, base, isOfIslands }: ServedExport): boolean {
  const isWeb = protocol === 'http:' || protocol === 'https:';
  if (!isWeb || !hosts.has(host)) return false;
  const isBelow = base === '' || pathname === base || pathname.startsWith(`${base}/`);
  return isBelow && !isOfIslands(pathname.slice(base.length));
}

/** Looks as plain servers do: for the file itself, the index of a folder, and the name with `.html`. */
function leadsSomewhere(pathname: string, { has, base }: ServedExport): boolean {
  const components = pathname
    .slice(base.length + 1)
    .split('/')
    .map(decoded);
  if (components.includes(undefined)) return false;
  const name = components.join('/');
  if (name === '' || name.endsWith('/')) return has(`${name}index.html`);
  return has(name) || has(`${name}/index.html`) || has(`${name}.html`);
}

/** An escaped slash separates nothing, whatever some servers make of it: no file has a slash in its name. */
function decoded(component: string): string | undefined {
  try {
    const name = decodeURIComponent(component);
    return name.includes('/') ? undefined : name;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
