import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

/** Up to this size, a file is read at once: this is cheaper than a stream, and takes little time. */
const MAX_READ_AT_ONCE = 64 * 1024;

/** Which bytes of a file are sent. */
export interface Part {
  readonly start: number;
  readonly length: number;
}

/**
 * Sends bytes of an open file as the body of a response whose headers are set, as fast as the client takes them. If the
 * client disconnects, reading fails, or the file is shorter than announced, it breaks the connection: by then, nothing
 * else can report the failure. The caller closes the file.
 */
export async function sendPart(handle: FileHandle, part: Part, response: ServerResponse): Promise<void> {
  const isSent =
    part.length <= MAX_READ_AT_ONCE
      ? await sendAtOnce(handle, part, response)
      : await sendStream(handle, part, response);
  if (!isSent) response.destroy();
}

async function sendAtOnce(
  handle: FileHandle,
  { start, length }: Part,
  response: ServerResponse,
): Promise<boolean> {
  const bytes = Buffer.allocUnsafe(length);
  for (let read = 0; read < length; ) {
    const { bytesRead } = await handle.read(bytes, read, length - read, start + read);
    if (bytesRead === 0) return false;
    read += bytesRead;
  }
  response.end(bytes);
  return true;
}

async function sendStream(
  handle: FileHandle,
  { start, length }: Part,
  response: ServerResponse,
): Promise<boolean> {
  const stream = handle.createReadStream({ start, end: start + length - 1 });
  try {
    await pipeline(stream, response, { end: false });
  } catch {
    // The client has disconnected, or the disk has failed. The head has been sent, and the rest cannot follow.
    return false;
  }
  if (stream.bytesRead === length) response.end();
  return stream.bytesRead === length;
}
