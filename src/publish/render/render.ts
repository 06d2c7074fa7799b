import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import { StaticGeneratorError } from '../../errors.js';
import { NowhereSocket } from './nowhere-socket.js';
import { ResponseReader, type SyntheticResponse } from './response-reader.js';

/** One synthetic request: a GET of a path, as a browser without cookies would send it. */
export interface SyntheticRequest {
  readonly path: string;
  readonly host: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives up, and breaks the connection, when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up after this time. Default: 30 seconds. */
  readonly timeoutMs?: number | undefined;
  /** The largest response that is collected, in bytes, its head included. Default: 256 MiB. */
  readonly maxBytes?: number | undefined;
  /**
   * Told, as an Express or Connect app tells what it is mounted in, that the app answers nothing itself, and of the error
   * if there was one; the render then fails. Default: it answers in its own way.
   */
  readonly onUnhandled?: (error: unknown) => void;
  /** Called with the request before the application sees it. */
  readonly onRequest?: (request: IncomingMessage) => void;
}

export const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;

/**
 * Sends a GET through an application, in process and without a port: real `node:http` objects on a connection that
 * leads nowhere. No prototype is touched, so live requests are none the wiser. Resolves to the whole response, whatever
 * its status. Rejects with the signal's reason when aborted, else with `ERR_RENDER_FAILED`: the application threw, broke
 * the connection, took too long, or sent another length than it declared.
 */
export function renderPath(
  listener: RequestListener,
  synthetic: SyntheticRequest,
): Promise<SyntheticResponse> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS, maxBytes = DEFAULT_MAX_BYTES } = synthetic;
  return new Promise((resolve, reject) => {
    const reader = new ResponseReader(maxBytes);
    const fail = (cause: unknown) => socket.destroy(renderError(synthetic, cause));
    const socket = new NowhereSocket((bytes) => {
      if (!reader.add(bytes)) fail(new Error(`the response is larger than ${maxBytes} bytes`));
    });
    const request = makeRequest(socket, synthetic);
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    passDrain(socket, response);

    const abort = () => socket.destroy(abortError(synthetic));
    const timer = setTimeout(() => fail(new Error(`no end within ${timeoutMs} ms`)), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('close', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      if (!response.writableFinished || socket.errored !== null) {
        request.destroy();
        const broken = new Error('the application closed the connection before the end of the response');
        return reject(socket.errored ?? renderError(synthetic, broken));
      }
      settle(() => reader.read(), synthetic, resolve, reject);
    });
    response.once('finish', () => {
      response.detachSocket(socket);
      // As `node:http` does at the end of an exchange: libraries wait for it to clean up.
      request.resume();
      process.nextTick(() => response.emit('close'));
      socket.destroy();
    });
    // The socket's own error is what the promise is rejected with. One that comes after the end of the request, because
    // it was broken off, has nobody to hear it.
    for (const stream of [socket, request]) stream.on('error', () => undefined);

    synthetic.onRequest?.(request);
    if (signal?.aborted === true) abort();
    else {
      const { onUnhandled } = synthetic;
      const next = (error: unknown) => {
        onUnhandled?.(error);
        fail(error ?? new Error('the application did not answer'));
      };
      call(listener, onUnhandled === undefined ? [request, response] : [request, response, next], fail);
    }
  });
}

/** The server of `node:http` does this for its connections: without it, a stream that was told to wait waits for ever. */
function passDrain(socket: NowhereSocket, response: ServerResponse): void {
  socket.on('drain', () => response.emit('drain'));
  Object.defineProperty(response, 'writableNeedDrain', { get: () => socket.writableNeedDrain });
}

/** A listener may be an async function, whatever its type says: its rejection must not end the process. */
function call(
  listener: RequestListener,
  exchange: readonly [IncomingMessage, ServerResponse, next?: (error: unknown) => void],
  fail: (cause: unknown) => void,
): void {
  try {
    Promise.resolve<unknown>(Reflect.apply(listener, undefined, exchange)).catch(fail);
  } catch (error) {
    fail(error);
  }
}

function settle(
  read: () => SyntheticResponse,
  synthetic: SyntheticRequest,
  resolve: (response: SyntheticResponse) => void,
  reject: (error: Error) => void,
): void {
  try {
    resolve(read());
  } catch (error) {
    reject(renderError(synthetic, error));
  }
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
