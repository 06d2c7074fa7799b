import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/** One synthetic request: a GET of a path, as a browser without cookies would send it. */
export interface SyntheticRequest {
  readonly path: string;
  readonly host: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives up, and breaks the connection, when aborted. */
  readonly signal?: AbortSignal;
  /** Called with the request before the application sees it. */
  readonly onRequest?: (request: IncomingMessage) => void;
}

/** A connection whose other end discards all it gets. */
class NowhereSocket extends Socket {
  constructor() {
    super();
    const address = { remoteAddress: '127.0.0.1', remoteFamily: 'IPv4', remotePort: 0 };
    for (const [name, value] of Object.entries(address)) Object.defineProperty(this, name, { value });
  }

  override _write(_chunk: unknown, _encoding: BufferEncoding, callback: (error?: Error) => void): void {
    callback();
  }

  override _writev(_chunks: unknown, callback: (error?: Error) => void): void {
    callback();
  }

  override _final(callback: (error?: Error) => void): void {
    callback();
  }

  override _read(): void {
    // Nothing ever comes.
  }
}

/** How a synthetic request ended. */
export interface SyntheticResponse {
  readonly status: number;
}

/**
 * Sends a GET through an application, in process and without a port: real `node:http` objects on a connection that
 * leads nowhere. No prototype is touched, so live requests are none the wiser.
 */
export function renderPath(
  listener: RequestListener,
  synthetic: SyntheticRequest,
): Promise<SyntheticResponse> {
  return new Promise((resolve, reject) => {
    const socket = new NowhereSocket();
    const request = makeRequest(socket, synthetic);
    const response = new ServerResponse(request);
    response.assignSocket(socket);

    const abort = () => socket.destroy(abortError(synthetic));
    synthetic.signal?.addEventListener('abort', abort, { once: true });
    socket.once('close', () => {
      synthetic.signal?.removeEventListener('abort', abort);
      if (response.writableFinished) resolve({ status: response.statusCode });
      else
        reject(
          socket.errored ?? new Error('The application closed the connection before the end of the response'),
        );
    });
    response.once('finish', () => {
      response.detachSocket(socket);
      // As `node:http` does at the end of an exchange: libraries wait for it to clean up.
      process.nextTick(() => response.emit('close'));
      socket.destroy();
    });
    // The socket's own error is what the promise is rejected with.
    socket.on('error', () => undefined);

    synthetic.onRequest?.(request);
    try {
      if (synthetic.signal?.aborted === true) abort();
      else listener(request, response);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function makeRequest(socket: Socket, { path, host, headers = {} }: SyntheticRequest): IncomingMessage {
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

function abortError({ path, signal }: SyntheticRequest): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error(`The render of ${path} was aborted`);
}
