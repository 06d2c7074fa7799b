import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Logger, OnceLog } from '../log.js';
import { originalTarget } from '../request/visit.js';
import { htmlOf } from './content.js';
import { isIslandTarget } from './island.js';
import type { ResolvedIslands } from './options.js';
import type { IslandRenderer } from './renderer.js';

export interface IncludedIslandsParts {
  readonly islands: ResolvedIslands;
  readonly renderer: IslandRenderer;
  readonly logger: Logger;
}

/** Gets what is put into pages: the HTML of an island, within the time that there is. */
export class IncludedIslands {
  readonly #parts: IncludedIslandsParts;
  readonly #notices: OnceLog;

  constructor(parts: IncludedIslandsParts) {
    this.#parts = parts;
    this.#notices = new OnceLog(parts.logger);
  }

  /** Returns the HTML of an island; `undefined` for its fallback. Never rejects. */
  async htmlOf(request: IncomingMessage, url: string, leaving: AbortSignal): Promise<Buffer | undefined> {
    const { islands, renderer } = this.#parts;
    if (!isIslandTarget(islands, url)) return renderer.failed(url, 'no pattern of `islands.urls` matches it');
    const bounds = { signal: leaving, timeoutMs: islands.includeTimeoutMs };
    const { cookie } = request.headers;
    try {
      const { content, cookies } = await renderer.render({ request, url, cookie, ...bounds });
      if (cookies.length > 0) this.#tellOfCookies(url);
      return content === undefined ? undefined : Buffer.from(htmlOf(content));
    } catch (error) {
      return renderer.unanswerable(error);
    }
  }

  /** Reports a response that islands cannot be put into, once for each path. */
  leftOut({ req }: ServerResponse, why: string): void {
    const path = originalTarget(req).split('?', 1)[0] ?? '';
    this.#notices.warn(
      `${path}: ${why}`,
      "islands keep their fallbacks, because they can be included only in HTML in UTF-8 of at most `maxBodyBytes`; fetch them with the script (`include: 'script'`)",
    );
  }

  #tellOfCookies(url: string): void {
    this.#notices.warn(
      String(url.split('?', 1)[0]),
      "an included island sets a cookie, which is lost; fetch it with the script (`include: 'script'`)",
    );
  }
}
