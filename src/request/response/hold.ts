import type { ServerResponse } from 'node:http';
import type { HeaderValues } from '../../page/response/headers.js';
import { applyHeadArguments, headersOf } from './head-arguments.js';
import {
  copied,
  endPretence,
  HeadersSentError,
  isEndAlone,
  isSendable,
  isWritable,
  pretendSent,
  refuseUnknownEncoding,
  setStatus,
  statusMessageOf,
} from './sent-head.js';

/** What must be done before the first byte of a response leaves; `undefined` if nothing. Must not reject. */
export type BeforeHead = (status: number, headers: HeaderValues) => Promise<void> | undefined;

/**
 * Holds a response back until some work is done that depends on its head. What the application writes meanwhile is
 * queued and written in order; to the application, the head has been sent. What Node would refuse is refused at once,
 * since only then can the application catch the error.
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
    this.#watchHead();
    this.#watchBody();
  }

  #watchHead(): void {
    const response = this.#response;
    const { writeHead, setHeader, appendHeader, removeHeader, flushHeaders } = response;
    response.writeHead = (...given: unknown[]) => {
      this.#refuseIfSent('write');
      // Only the first call is allowed. Node itself should report the error of another one.
      if (this.#decided) return Reflect.apply(writeHead, response, given);
      const rest = applyHeadArguments(response, given);
      this.#decide(Number(rest[0]), rest[1] ?? statusMessageOf(response));
      this.#do(() => Reflect.apply(writeHead, response, rest));
      return response;
    };
    const unlessSent =
      <T>(change: (...given: never[]) => T) =>
      (...given: unknown[]): T => {
        this.#refuseIfSent('set');
        return Reflect.apply(change, response, given);
      };
    response.setHeader = unlessSent(setHeader);
    response.appendHeader = unlessSent(appendHeader);
    response.removeHeader = unlessSent(removeHeader);
    response.flushHeaders = () => {
      this.#decideImplicitly();
      this.#do(() => Reflect.apply(flushHeaders, response, []));
    };
  }

  #watchBody(): void {
    const response = this.#response;
    const { write, end } = response;
    response.write = (...given: unknown[]) => {
      refuseUnknownEncoding(given);
      if (isWritable(given)) this.#decideImplicitly();
      if (this.#queue === undefined || !isWritable(given)) return Reflect.apply(write, response, given);
      this.#wantsDrain = true;
      const kept = copied(given);
      this.#do(() => Reflect.apply(write, response, kept));
      return false;
    };
    response.end = (...given: unknown[]) => {
      refuseUnknownEncoding(given);
      if (!isEndAlone(given) && !isWritable(given)) return Reflect.apply(end, response, given);
      this.#decideImplicitly();
      this.#do(() => Reflect.apply(end, response, given));
      return response;
    };
  }

  #decideImplicitly(): void {
    const { headersSent, statusCode } = this.#response;
    if (!this.#decided && !headersSent) this.#decide(statusCode, statusMessageOf(this.#response));
  }

  #decide(status: number, message: unknown): void {
    if (!isSendable(status, message)) return;
    this.#decided = true;
    const work = this.#before(status, headersOf(this.#response));
    if (work === undefined) return;
    this.#queue = [];
    const { statusCode } = this.#response;
    const statusMessage = statusMessageOf(this.#response);
    pretendSent(this.#response);
    void work.then(() => {
      // To the application, the head was sent before: what it has set since is not in the head.
      setStatus(this.#response, statusCode, statusMessage);
      this.#release();
    });
  }

  #refuseIfSent(verb: 'set' | 'write'): void {
    if (this.#queue !== undefined) throw new HeadersSentError(verb);
  }

  #do(action: () => void): void {
    if (this.#queue === undefined) action();
    else this.#queue.push(action);
  }

  #release(): void {
    const queue = this.#queue ?? [];
    this.#queue = undefined;
    endPretence(this.#response);
    for (const action of queue) action();
    // A stream that waits for us continues, unless it now has to wait for the client.
    if (this.#wantsDrain && !this.#response.writableNeedDrain) this.#response.emit('drain');
  }
}
