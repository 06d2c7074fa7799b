import type { ServerResponse } from 'node:http';
import { setHead } from '../answer.js';
import type { Html } from '../html/html.js';
import { NotDone } from '../problem-page.js';

export interface ListenersParts {
  /** What is shown now, for each of several queries. */
  readonly look: (queries: readonly URLSearchParams[]) => Promise<readonly Readonly<Record<string, Html>>[]>;
  readonly onFault: (error: unknown) => void;
  /** Aborted when the site ends. */
  readonly closing: AbortSignal;
  readonly everyMs?: number;
  readonly most?: number;
}

interface Listener {
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly since: number;
  /** What it has got, by section. */
  readonly sent: Map<string, string>;
}

const EVERY_MS = 2_000;
/** So many pages may be open that show live figures; further ones are reloaded. */
const MOST = 20;
/** Then the browser connects again, and is asked again who it is. */
const LONGEST_MS = 10 * 60 * 1000;

/** Those who look on: they get each section when it has changed. One look serves all. */
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

  /** Throws {@link NotDone} when there are too many. */
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
    // nginx would hold the events back otherwise.
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };
    setHead(response, { headers });
    // An answer to HEAD has an end, and Node sends no byte of it before.
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

  /** Whoever does not take what was sent gets nothing more until then. */
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
