import type { ServerResponse } from 'node:http';
import { isStream } from '../visit.js';

/** The error that Node throws if a header comes too late; error handlers look for its code. */
export class HeadersSentError extends Error {
  readonly code = 'ERR_HTTP_HEADERS_SENT';

  constructor(verb: 'set' | 'write') {
    super(`Cannot ${verb} headers after they are sent to the client`);
  }
}

/**
 * Makes a response say that its head has been sent, so that an error handler does not begin a second response. Older
 * middleware looks at `_header`, and would otherwise write the head again.
 */
export function pretendSent(response: ServerResponse): void {
  Object.defineProperty(response, 'headersSent', { value: true, configurable: true });
  if (hasOwnHeader(response)) response._header = 'held';
  else if ('_header' in response)
    Object.defineProperty(response, '_header', { get: () => 'held', configurable: true });
}

/** Ends {@link pretendSent}, so that the head can be sent. */
export function endPretence(response: ServerResponse): void {
  Reflect.deleteProperty(response, 'headersSent');
  if (hasOwnHeader(response)) response._header = null;
  else Reflect.deleteProperty(response, '_header');
}

/** Whether `_header` can be set. In HTTP/2, it can only be read. */
function hasOwnHeader(response: ServerResponse): response is ServerResponse & { _header: string | null } {
  return Object.getOwnPropertyDescriptor(response, '_header')?.writable === true;
}

/** Returns the status message that the app has set. HTTP/2 has none, and Node warns about code that reads it. */
export function statusMessageOf(response: ServerResponse): string | undefined {
  return isStream(response) ? undefined : response.statusMessage;
}

/** Restores the status that the app had set. */
export function setStatus(response: ServerResponse, status: number, message: string | undefined): void {
  response.statusCode = status;
  if (message !== undefined && !isStream(response)) response.statusMessage = message;
}

/** Whether Node's `writeHead` accepts the status and the message. The headers have been set by now. */
export function isSendable(status: number, message: unknown): boolean {
  const isStatus = Math.trunc(status) >= 100 && Math.trunc(status) <= 999;
  return isStatus && !(typeof message === 'string' && /[^\t\x20-\x7e\x80-\xff]/.test(message));
}

/** Throws what Node throws. Some versions throw only after they have asked again for the head, which is held then. */
export function refuseUnknownEncoding([chunk, encoding]: readonly unknown[]): void {
  if (typeof chunk === 'string' && typeof encoding === 'string' && encoding !== '')
    Buffer.from('', encoding as BufferEncoding);
}

/** Whether Node writes this chunk, in this encoding. */
export function isWritable([chunk, encoding]: readonly unknown[]): boolean {
  if (typeof chunk !== 'string') return chunk instanceof Uint8Array;
  return typeof encoding !== 'string' || Buffer.isEncoding(encoding);
}

/** Whether a call of `end` has nothing to write. */
export function isEndAlone([chunk]: readonly unknown[]): boolean {
  return !chunk || typeof chunk === 'function';
}

/** Copies the chunk: the caller may use its buffer again before it is written. */
export function copied(given: readonly unknown[]): readonly unknown[] {
  const [chunk, ...rest] = given;
  return chunk instanceof Uint8Array ? [Buffer.from(chunk), ...rest] : given;
}

/** Returns the function that `write` or `end` calls when it is done. */
export function callbackIn(given: readonly unknown[]): (() => void) | undefined {
  return given.find((one): one is () => void => typeof one === 'function');
}
