import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import { StaticGeneratorError } from '../../errors.js';
import { NowhereSocket, type SyntheticPeer } from './nowhere-socket.js';
import { ResponseReader, type SyntheticResponse } from './response-reader.js';

/** One synthetic request: a GET of a path, as a browser without cookies would send it. */
export interface SyntheticRequest {
  readonly path: string;
  readonly host: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** When aborted, the request is given up, and the connection is broken. */
  readonly signal?: AbortSignal | undefined;
  /** The request is given up after this time, in milliseconds. Default: 30 seconds. */
  readonly timeoutMs?: number | undefined;
  /** The largest response that is collected, in bytes, including its head. Default: 256 MiB. */
  readonly maxBytes?: number | undefined;
  /**
   * Called, like `next` of an Express or Connect app that is mounted in another, if the app answers nothing itself,
   * with the error if there was one. The render then fails. Default: the app answers in its own way.
   */
  readonly onUnhandled?: (error: unknown) => void;
  /** The client that the connection claims to have. Default: an address that no visitor has. */
  readonly peer?: SyntheticPeer;
  /** Called with the request before the application sees it. */
  readonly onRequest?: (request: IncomingMessage) => void;
}

export const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;

/**
 * Sends a GET through an application, in process and without a port: real `node:http` objects on a connection that
 * leads nowhere. No prototype is changed, so live requests are not affected. Resolves to the whole response, whatever
 * its status. Rejects with the signal's reason when aborted, otherwise with `ERR_RENDER_FAILED`: the application threw,
 * broke the connection, took too long, or sent another length than it declared.
 */
export async function renderPath(
  listener: RequestListener,
  synthetic: SyntheticRequest,
): Promise<SyntheticResponse> {
  const exchange = new Exchange(synthetic);
  const closed = exchange.closed();
  const stopWaiting = exchange.limitTime();
  exchange.begin(listener);
  await closed;
  stopWaiting();
  return exchange.read();
}

/** One request, its response, and the connection that both are on. */
class Exchange {
  readonly #synthetic: SyntheticRequest;
  readonly #reader: ResponseReader;
  readonly #socket: NowhereSocket;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(synthetic: SyntheticRequest) {
    const { maxBytes = DEFAULT_MAX_BYTES } = synthetic;
    this.#synthetic = synthetic;
    this.#reader = new ResponseReader(maxBytes);
    this.#socket = new NowhereSocket((bytes) => {
      if (!this.#reader.add(bytes)) this.#fail(new Error(`the response is larger than ${maxBytes} bytes`));
    }, synthetic.peer);
    this.#request = makeRequest(this.#socket, synthetic);
    this.#response = new ServerResponse(this.#request);
    this.#response.assignSocket(this.#socket);
    passDrain(this.#socket, this.#response);
    this.#response.once('finish', () => this.#finish());
    // The promise is rejected with the socket's own error. A later error, because the request was broken off,
    // has no other listener.
    for (const stream of [this.#socket, this.#request]) stream.on('error', () => undefined);
  }

  /** Resolves when the response has been sent, or the connection is broken. */
  closed(): Promise<void> {
    return new Promise((resolve) => this.#socket.once('close', () => resolve()));
  }

  /** Breaks the connection when the time is over, or when aborted, until the function that it returns is called. */
  limitTime(): () => void {
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#synthetic;
    const timer = setTimeout(
      () => this.#fail(new Error(`the response did not end within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const abort = () => this.#abort();
    signal?.addEventListener('abort', abort, { once: true });
    return () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
  }

  /** Hands the request to the application, unless it has been aborted. */
  begin(listener: RequestListener): void {
    this.#synthetic.onRequest?.(this.#request);
    if (this.#synthetic.signal?.aborted === true) this.#abort();
    else this.#call(listener);
  }

  /** Calls the listener, which may be async, whatever its type says: its rejection must not end the process. */
  #call(listener: RequestListener): void {
    const { onUnhandled } = this.#synthetic;
    const next = (error: unknown) => {
      onUnhandled?.(error);
      this.#fail(error ?? new Error('the application did not answer'));
    };
    const exchange = [this.#request, this.#response, ...(onUnhandled === undefined ? [] : [next])];
    try {
      const answered: unknown = Reflect.apply(listener, undefined, exchange);
      Promise.resolve(answered).catch((error) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Returns the response when the connection is closed. Throws if the response is not complete. */
  read(): SyntheticResponse {
    if (!this.#response.writableFinished || this.#socket.errored !== null) {
      this.#request.destroy();
      const broken = new Error('the application closed the connection before the end of the response');
      throw this.#socket.errored ?? renderError(this.#synthetic, broken);
    }
    try {
      return this.#reader.read();
    } catch (error) {
      throw renderError(this.#synthetic, error);
    }
  }

  #finish(): void {
    this.#response.detachSocket(this.#socket);
    // `node:http` does so at the end of an exchange: libraries wait for it to clean up.
    this.#request.resume();
    process.nextTick(() => this.#response.emit('close'));
    this.#socket.destroy();
  }

  #fail(cause: unknown): void {
    this.#socket.destroy(renderError(this.#synthetic, cause));
  }

  #abort(): void {
    this.#socket.destroy(abortError(this.#synthetic));
  }
}

/** Passes `drain` on, as the server of `node:http` does. Otherwise, a stream that was told to wait waits forever. */
function passDrain(socket: NowhereSocket, response: ServerResponse): void {
  socket.on('drain', () => response.emit('drain'));
  Object.defineProperty(response, 'writableNeedDrain', { get: () => socket.writableNeedDrain });
}

function makeRequest(socket: NowhereSocket, { path, host, headers = {} }: SyntheticRequest): IncomingMessage {
  const request = new IncomingMessage(socket);
  request.method = 'GET';
  request.url = path;
  request.httpVersion = '1.1';
  request.httpVersionMajor = 1;
  request.httpVersionMinor = 1;
  const lines = { host, connection: 'close', ...headers };
  for (const [name, value] of Object.entries(lines)) {
    request.headers[name.toLowerCase()] = value;
    request.rawHeaders.push(name, value);
  }
  request.complete = true;
  request.push(null);
  return request;
}

function renderError({ path }: SyntheticRequest, cause: unknown): StaticGeneratorError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new StaticGeneratorError('ERR_RENDER_FAILED', `Rendering ${path} failed: ${message}`, {
    cause,
    fields: { path },
  });
}

function abortError({ path, signal }: SyntheticRequest): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error(`The render of ${path} was aborted: ${String(reason)}`);
}
