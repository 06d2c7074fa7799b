import { createHash } from 'node:crypto';
import http from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import { type Content, contentOf } from './page-body.mjs';

const codings = ['identity', 'gzip', 'br'] as const;
export type Coding = (typeof codings)[number];

const decoders: Readonly<Record<string, (body: Buffer) => Promise<Buffer>>> = {
  gzip: promisify<Buffer, Buffer>(gunzip),
  br: promisify<Buffer, Buffer>(brotliDecompress),
};

/** One response, as a reader judges it. */
export interface ReadPage {
  readonly content: Content;
  readonly isHit: boolean;
  readonly coding: string;
}

/** Reads a page with a coding. Throws if the body is incomplete, or if its validator belongs to another page. */
export async function readPage(
  agent: http.Agent,
  port: number,
  path: string,
  coding: Coding,
): Promise<ReadPage> {
  const headers = {
    host: `localhost:${port}`,
    ...(coding === 'identity' ? {} : { 'accept-encoding': coding }),
  };
  const { response, body } = await get({ agent, host: '127.0.0.1', port, path, headers });
  if (response.statusCode !== 200) throw new Unanswered(`${path} was answered ${response.statusCode}`);
  const used = response.headers['content-encoding'] ?? 'identity';
  const decoded = (await decoders[used]?.(body)) ?? body;
  const isHit = String(response.headers['cache-status']).includes('staticgenerator; hit');
  if (isHit) checkValidator(response.headers.etag ?? '', decoded);
  return { content: contentOf(decoded.toString()), isHit, coding: used };
}

/** There was no usable response, for example because the process was killed. This is not a wrong response. */
export class Unanswered extends Error {}

/** Checks the time in the validator. It is derived from the identity bytes, for the page and for its codings. */
function checkValidator(entityTag: string, body: Buffer): void {
  const seconds = createHash('sha256').update(body).digest().readUInt32BE(0) >>> 1;
  if (entityTag.replace(/^(?:W\/)?"/, '').startsWith(`${seconds.toString(16)}-`)) return;
  throw new Error(`The validator ${entityTag} is not that of the body: ${body.subarray(0, 200)}`);
}

function get(
  options: http.RequestOptions,
): Promise<{ readonly response: http.IncomingMessage; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new Unanswered(error.message));
    const request = http.get(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', fail);
      response.once('end', () => resolve({ response, body: Buffer.concat(chunks) }));
    });
    request.once('error', fail);
  });
}

export function anyCoding(index: number): Coding {
  return codings[index % codings.length] ?? 'identity';
}
