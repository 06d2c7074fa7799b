import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../errors.js';
import { Refused } from './problem.js';

/** How large a body may be, and how long it may take. */
export interface BodyLimits {
  readonly bytes: number;
  readonly milliseconds: number;
}

export const BODY_LIMITS: BodyLimits = { bytes: 1024 * 1024, milliseconds: 10_000 };

const BROKEN_OFF = 'The body was cut off.';

/** Browsers send this type to another site only after a CORS preflight, so no form of another site reaches the API. */
const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/**
 * Reads the JSON of a request, even if `express.json()` or similar middleware has read it before. Rejects with
 * {@link Refused} for another type, for invalid JSON, and beyond the limits.
 */
export async function readJson(request: IncomingMessage, limits: BodyLimits): Promise<unknown> {
  const { 'content-type': type = 'none', 'content-encoding': coding = 'identity' } = request.headers;
  if (!JSON_TYPE.test(type))
    throw new Refused('ERR_API_MEDIA_TYPE', `Expected the content type application/json, got ${type}`);
  if (coding !== 'identity')
    throw new Refused('ERR_API_MEDIA_TYPE', `Expected no content coding, got ${coding}`);
  const parsed: unknown = Reflect.get(request, 'body');
  if (request.readableEnded) return readTaken(parsed);
  return parse(await readBytes(request, limits));
}

/** Reads the body from what other middleware has made of it. */
function readTaken(parsed: unknown): unknown {
  if (parsed instanceof Uint8Array) return parse(parsed);
  if (typeof parsed === 'string') return parse(Buffer.from(parsed));
  if (parsed !== undefined) return parsed;
  throw new Refused('ERR_API_BODY_TAKEN', 'Other middleware has already read the body.');
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Refused('ERR_API_BAD_REQUEST', `The body is not valid JSON: ${messageOf(error)}`);
  }
}

/** Reads the bytes of a body that has not been read yet. Rejects with {@link Refused} beyond the limits. */
export function readBytes(
  request: IncomingMessage,
  { bytes: most, milliseconds }: BodyLimits,
): Promise<Buffer> {
  const tooLarge = () => new Refused('ERR_API_BODY_TOO_LARGE', `A body can have at most ${most} bytes.`);
  if (Number(request.headers['content-length'] ?? 0) > most) return Promise.reject(tooLarge());
  if (request.destroyed) return Promise.reject(new Refused('ERR_API_BAD_REQUEST', BROKEN_OFF));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (error?: unknown) => {
      clearTimeout(timer);
      request.off('data', take).off('end', finish).off('error', end).off('close', leave);
      if (error !== undefined) request.pause();
      if (error === undefined) resolve(Buffer.concat(chunks));
      else reject(error);
    };
    const timer = setTimeout(() => {
      end(new Refused('ERR_API_BODY_SLOW', `The body did not arrive within ${milliseconds} ms.`));
    }, milliseconds);
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > most) return end(tooLarge());
      chunks.push(chunk);
    };
    const finish = () => end();
    const leave = () => end(new Refused('ERR_API_BAD_REQUEST', BROKEN_OFF));
    request.on('data', take).on('end', finish).on('error', end).on('close', leave);
  });
}
