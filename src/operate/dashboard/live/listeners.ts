import type { ServerResponse } from 'node:http';
import { setHead } from '../answer.js';
import type { Html } from '../html/html.js';
import { NotDone } from '../problem-page.js';

export interface ListenersParts {
  /** Reads what is shown now, for each of several queries. */
  readonly look: (queries: readonly URLSearchParams[]) => Promise<readonly Readonly<Record<string, Html>>[]>;
  readonly onFault: (error: unknown) => void;
  /** Aborted when the site closes. */
  readonly closing: AbortSignal;
  readonly everyMs?: number;
  readonly most?: number;
}

interface Listener {
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly since: number;
  /** What has been sent to it, by section. */
  readonly sent: Map<string, string>;
}

const EVERY_MS = 2_000;
/** How many open pages can show live figures; further pages must be reloaded. */
const MOST = 20;
/** After this time the browser connects again, and is authorized again. */
const LONGEST_MS = 10 * 60 * 1000;

/** The browsers that show live figures. Each gets every section that has changed; one snapshot serves all. */
export class Listeners {
  readonly #parts: ListenersParts;
  readonly #listeners = new Set<Listener>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(parts: ListenersParts) {
    this.#parts = parts;
    parts.closing.addEventListener('abort', () => this.#endAll(), { once: true });
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** Adds a listener. Throws {@link NotDone} if there are too many. */
  join(response: ServerResponse, query: URLSearchParams): void {
    const { most = MOST, everyMs = EVERY_MS } = this.#parts;
    if (this.#listeners.size >= most) {
      const remedy = 'Reload the dashboard to see newer figures.';
      throw new NotDone(503, 'Too many dashboards show live figures.', {
        remedy,
        headers: { 'retry-after': '60' },
      });
    }
    const listener = { response, query, since: Date.now(), sent: new Map<string, string>() };
    this.#listeners.add(listener);
    response.once('close', () => this.#leave(listener));
    // Without this header, nginx would buffer the events.
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };
    setHead(response, { headers });
    // An answer to HEAD must end, and Node sends none of it before that.
    if (response.req.method === 'HEAD') {
      response.end();
      return;
    }
    response.write('retry: 3000\n\n');
    this.#timer ??= setInterval(() => void this.#tell(), everyMs).unref();
    void this.#tell();
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #tell(): Promise<void> {
    if (this.#isLooking || this.#parts.closing.aborted) return;
    this.#isLooking = true;
    try {
      const listeners = [...this.#listeners];
      const shown = await this.#parts.look(listeners.map(({ query }) => query));
      for (const [index, listener] of listeners.entries()) this.#send(listener, shown[index] ?? {});
    } catch (error) {
      if (!this.#parts.closing.aborted) this.#parts.onFault(error);
    } finally {
      this.#isLooking = false;
    }
  }

  /** Sends what has changed. A client that has not yet read what was sent gets nothing more until it has. */
  #send({ response, since, sent }: Listener, shown: Readonly<Record<string, Html>>): void {
    if (Date.now() - since > LONGEST_MS) {
      response.end();
      return;
    }
    if (response.closed || response.writableNeedDrain) return;
    const changed = Object.entries(shown).filter(([id, { text }]) => sent.get(id) !== text);
    if (changed.length === 0) return;
    const texts = changed.map(([id, { text }]) => [id, text] as const);
    for (const [id, text] of texts) sent.set(id, text);
    response.write(`event: sections\ndata: ${JSON.stringify(Object.fromEntries(texts))}\n\n`);
  }

  #endAll(): void {
    for (const { response } of this.#listeners) response.end();
  }
}
