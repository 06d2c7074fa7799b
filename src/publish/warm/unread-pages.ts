import { TaskThread } from '../../task-thread.js';
import { type LinkedPage, linkedPages } from './links.js';

/** A page whose links have not been read. */
interface UnreadPage {
  readonly html: Buffer;
  readonly pageUrl: URL;
  readonly host: string;
  readonly depth: number;
}

/** Where the links of a page lead. */
interface FoundLinks extends Pick<UnreadPage, 'host' | 'depth'> {
  readonly paths: readonly string[];
}

const MANY_BYTES = 64 * 1024;

/**
 * Pages whose links are read together, in a thread. Pages and links keep the order in which the pages were rendered.
 */
export class UnreadPages {
  #pages: UnreadPage[] = [];
  #bytes = 0;
  /** Without a thread, this only takes longer. */
  readonly #links = new TaskThread<readonly LinkedPage[], readonly (readonly string[])[]>({
    module: new URL('./links-thread.js', import.meta.url),
    work: (pages) => pages.map(linkedPages),
    onUnavailable: () => undefined,
  });

  add(page: UnreadPage): void {
    this.#pages.push(page);
    this.#bytes += page.html.length;
  }

  get isEmpty(): boolean {
    return this.#pages.length === 0;
  }

  /** Whether there is enough to hand over to the thread. */
  get isMany(): boolean {
    return this.#bytes > MANY_BYTES;
  }

  /** Reads the links of all these pages. */
  async read(): Promise<readonly FoundLinks[]> {
    const pages = this.#pages;
    this.#pages = [];
    this.#bytes = 0;
    const links = await this.#links.run(pages.map(({ html, pageUrl }) => ({ html, url: pageUrl.href })));
    return pages.map(({ host, depth }, index) => ({ host, depth, paths: links[index] ?? [] }));
  }

  async close(): Promise<void> {
    await this.#links.close();
  }
}
