/** Links to pages with a query, which no export contains: a static host looks only at the path. */
export class QueryLinks {
  /** Each link, with the first page that has it. */
  readonly #pages = new Map<string, string>();

  add(link: string, page: string): void {
    if (!this.#pages.has(link)) this.#pages.set(link, page);
  }

  /** What the caller of the export should know about them, if there are any. */
  get notice(): string | undefined {
    const [first] = this.#pages;
    if (first === undefined) return undefined;
    const [link, page] = first;
    const count = this.#pages.size;
    const many = count === 1 ? 'a page with a query is' : `${count} pages with a query are`;
    return `${many} linked to but not exported (${link} on ${page}), because a file name has no query string: give such pages their own paths, add parameters that change nothing to \`ignoreQuery\`, or leave the pages out (exclude: ['\\\\?'], --exclude '\\?')`;
  }
}
