import type { ServerResponse } from 'node:http';
import type { HeaderValues } from '../../page/response/headers.js';
import { applyHeadArguments, headersOf } from './head-arguments.js';

/** What is to be done before a response's first byte leaves; undefined: nothing. Must not reject. */
export type BeforeHead = (status: number, headers: HeaderValues) => Promise<void> | undefined;

/**
 * Keeps a response from leaving until some work is done that depends on its head. What the application writes meanwhile
 * is queued and written in order; to the application, the head has been sent.
 */
export function holdResponse(response: ServerResponse, before: BeforeHead): void {
  new Hold(response, before).start();
}

class Hold {
  readonly #response: ServerResponse;
  readonly #before: BeforeHead;
  #queue: (() => void)[] | undefined;
  #decided = false;
  #wantsDrain = false;

  constructor(response: ServerResponse, before: BeforeHead) {
    this.#response = response;
    this.#before = before;
  }

  start(): void {
    const response = this.#response;
    const { writeHead, write, end, flushHeaders } = response;
    response.writeHead = (...given: unknown[]) => {
      // Another call than the first is an error, which Node itself should report.
      if (this.#decided && this.#queue === undefined) return Reflect.apply(writeHead, response, given);
      const rest = applyHeadArguments(response, given);
      if (!this.#decided) this.#decide(Number(rest[0]));
      this.#do(() => Reflect.apply(writeHead, response, rest));
      return response;
    };
    response.write = (...given: unknown[]) => {
      this.#decideImplicitly();
      if (this.#queue === undefined) return Reflect.apply(write, response, given);
      this.#wantsDrain = true;
      this.#do(() => Reflect.apply(write, response, copied(given)));
      return false;
    };
    response.end = (...given: unknown[]) => {
      this.#decideImplicitly();
      this.#do(() => Reflect.apply(end, response, given));
      return response;
    };
    response.flushHeaders = () => {
      this.#decideImplicitly();
      this.#do(() => Reflect.apply(flushHeaders, response, []));
    };
  }

  #decideImplicitly(): void {
    if (!this.#decided && !this.#response.headersSent) this.#decide(this.#response.statusCode);
  }

  #decide(status: number): void {
    this.#decided = true;
    const work = this.#before(status, headersOf(this.#response));
    if (work === undefined) return;
    this.#queue = [];
    // So that an error handler does not begin a second answer.
    Object.defineProperty(this.#response, 'headersSent', { value: true, configurable: true });
    void work.then(() => this.#release());
  }

  #do(action: () => void): void {
    if (this.#queue === undefined) action();
    else this.#queue.push(action);
  }

  #release(): void {
    const queue = this.#queue ?? [];
    this.#queue = undefined;
    Reflect.deleteProperty(this.#response, 'headersSent');
    for (const action of queue) action();
    // A stream that waits for us goes on, unless it now has to wait for the client.
    if (this.#wantsDrain && !this.#response.writableNeedDrain) this.#response.emit('drain');
  }
}

/** The caller may use its buffer again before it is written. */
function copied(given: readonly unknown[]): readonly unknown[] {
  const [chunk, ...rest] = given;
  return chunk instanceof Uint8Array ? [Buffer.from(chunk), ...rest] : given;
}
