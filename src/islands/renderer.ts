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
  /** What the visitor's cookies are by now. */
  readonly cookie: string | undefined;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** What came of it. */
export interface RenderedIsland {
  /** Undefined: the fallback stays. */
  readonly content: IslandContent | undefined;
  /** The lines of `Set-Cookie`. */
  readonly cookies: readonly string[];
}

export interface IslandRendererParts {
  /** What answers for an island. Throws `ERR_NOT_ATTACHED` if there is nothing. */
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

  /** Throws `ERR_NOT_ATTACHED`, and rejects for nothing else: what an island answers is its own. */
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
      // Who has left is no failure of the island.
      if (!isAborted(signal)) this.failed(url, error);
      return NOTHING;
    }
  }

  /** Whether a request that reaches the app is for an island. */
  isIsland(request: IncomingMessage): boolean {
    return this.#sent.has(request);
  }

  /** Tells of an island that is not there, once. */
  failed(url: string, error: unknown): undefined {
    const path = url.split('?', 1)[0];
    this.#failures.warn(
      `${path}: ${messageOf(error)}`,
      'an island keeps its fallback, because it did not answer 200 with HTML or plain text without a content coding',
    );
    return undefined;
  }

  /** Tells of what keeps all islands away, once. */
  unanswerable(error: unknown): undefined {
    this.#failures.warn(messageOf(error), 'islands could not be answered');
    return undefined;
  }
}

/** Whether it was the visitor, and not the time. */
function isAborted({ aborted, reason }: AbortSignal): boolean {
  return aborted && !(reason instanceof DOMException && reason.name === 'TimeoutError');
}

function cookiesOf({ headers }: SyntheticResponse): readonly string[] {
  return [headers['set-cookie'] ?? []].flat();
}
