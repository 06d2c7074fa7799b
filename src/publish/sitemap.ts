import { Parser } from 'htmlparser2';

/** What a sitemap lists (https://www.sitemaps.org/protocol.html): pages, or, if it is an index, other sitemaps. */
export interface Sitemap {
  readonly pages: readonly string[];
  readonly sitemaps: readonly string[];
}

/** Reads a sitemap or an index of sitemaps; anything else lists nothing. */
export function readSitemap(xml: string): Sitemap {
  const pages: string[] = [];
  const sitemaps: string[] = [];
  const open: string[] = [];
  let text = '';
  const parser = new Parser(
    {
      onopentagname: (name) => {
        open.push(localName(name));
        text = '';
      },
      ontext: (more) => {
        text += more;
      },
      onclosetag: () => {
        const [parent, element] = open.slice(-2);
        open.pop();
        // Images and videos of a page have a `loc` of their own, in another namespace.
        if (element !== 'loc' || text.trim() === '') return;
        if (parent === 'url') pages.push(text.trim());
        if (parent === 'sitemap') sitemaps.push(text.trim());
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.end(xml);
  return { pages, sitemaps };
}

/** A sitemap may give its own namespace a prefix; others are kept apart by theirs. */
function localName(name: string): string {
  return name.replace(/^(?:sm|sitemap):/, '');
}
