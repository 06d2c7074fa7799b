import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StaticGenerator } from '../../src/index.js';

/** The responses of the sites of all frameworks. It counts its renders, so that tests can recognize a stored page. */
export class Blog {
  readonly #pages: StaticGenerator;
  renders = 0;

  constructor(pages: StaticGenerator) {
    this.#pages = pages;
  }

  /** Renders a page, and tags it during the render, some turns of the event loop after the request arrived. */
  async post(slug: string): Promise<string> {
    await nextTurn();
    this.#pages.tag(`post:${slug}`);
    await nextTurn();
    this.renders += 1;
    return `<!doctype html><h1>${slug}</h1><p>render ${this.renders}</p>${'<p>text</p>'.repeat(200)}`;
  }

  async posts(): Promise<{ readonly posts: readonly string[]; readonly render: number }> {
    await nextTurn();
    this.renders += 1;
    return { posts: ['hello'], render: this.renders };
  }

  feed(): string {
    this.renders += 1;
    return `<feed><id>${this.renders}</id></feed>`;
  }

  /** Renders a response that the site excludes from storing, although its URL can be a page. */
  async preview(): Promise<string> {
    await nextTurn();
    this.#pages.skip('preview');
    return '<!doctype html><p>preview</p>';
  }
}

export const HTML = 'text/html; charset=utf-8';
export const XML = 'application/xml; charset=utf-8';
