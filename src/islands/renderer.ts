import type { IncomingMessage, RequestListener } from 'node:http';
import { messageOf } from '../errors.js';
import { type Logger, OnceLog } from '../log.js';
import { renderPath } from '../publish/render/render.js';
import type { SyntheticResponse } from '../publish/render/response-reader.js';
import { contentOf, type IslandContent, typeOf } from './content.js';
import { islandRequest } from './request.js';

const MAX_ISLAND_BYTES = 1024 * 1024;

/** An island that a visitor asks for. */
export interface AskedIsland {
  /** The request of the visitor. */
  readonly request: IncomingMessage;
  readonly url: string;
  /** The visitor's cookies by now. */
  readonly cookie: string | undefined;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** The result of rendering an island. */
export interface RenderedIsland {
  /** `undefined` if the fallback stays. */
  readonly content: IslandContent | undefined;
  /** The lines of `Set-Cookie`. */
  readonly cookies: readonly string[];
}

export interface IslandRendererParts {
  /** Returns what answers for an island. Throws `ERR_NOT_ATTACHED` if there is nothing. */
  readonly app: () => RequestListener;
  readonly logger: Logger;
}

const NOTHING: RenderedIsland = { content: undefined, cookies: [] };

/** Asks the app for islands, as their visitor would. */
export class IslandRenderer {
  readonly #parts: IslandRendererParts;
  readonly #failures: OnceLog;
  readonly #sent = new WeakSet<IncomingMessage>();

  constructor(parts: IslandRendererParts) {
    this.#parts = parts;
    this.#failures = new OnceLog(parts.logger);
  }

  /** Renders an island. Rejects only with `ERR_NOT_ATTACHED`: if the island itself fails, its fallback stays. */
  async render({ request, url, cookie, signal, timeoutMs }: AskedIsland): Promise<RenderedIsland> {
    const app = this.#parts.app();
    const onRequest = (sent: IncomingMessage) => void this.#sent.add(sent);
    const bounds = { signal, timeoutMs, maxBytes: MAX_ISLAND_BYTES, onRequest };
    try {
      const answer = await renderPath(app, { ...islandRequest(request, url, cookie), ...bounds });
      const content = contentOf(answer);
      if (content === undefined) this.failed(url, `status ${answer.status}, ${typeOf(answer)}`);
      return { content, cookies: cookiesOf(answer) };
    } catch (error) {
      // If the visitor has left, the island has not failed.
      if (!isAborted(signal)) this.failed(url, error);
      return NOTHING;
    }
  }

  /** Whether a request that reaches the app is for an island. */
  isIsland(request: IncomingMessage): boolean {
    return this.#sent.has(request);
  }

  /** Reports an island that cannot be shown, once. */
  failed(url: string, error: unknown): undefined {
    const path = url.split('?', 1)[0];
    this.#failures.warn(
      `${path}: ${messageOf(error)}`,
      'an island keeps its fallback, because it did not answer 200 with HTML or plain text without a content coding',
    );
    return undefined;
  }

  /** Reports what prevents all islands, once. */
  unanswerable(error: unknown): undefined {
    this.#failures.warn(messageOf(error), 'islands could not be answered');
    return undefined;
  }
}

/** Whether the visitor has left. A time limit does not count. */
function isAborted({ aborted, reason }: AbortSignal): boolean {
  return aborted && !(reason instanceof DOMException && reason.name === 'TimeoutError');
}

function cookiesOf({ headers }: SyntheticResponse): readonly string[] {
  return [headers['set-cookie'] ?? []].flat();
}
