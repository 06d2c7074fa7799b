import type { IncomingMessage, ServerResponse } from 'node:http';
import { preferredCodings } from '../../../page/response/accept-encoding.js';
import { entityTag } from '../../../store/content-hash.js';
import { type AssetCoding, codingSuffixes, type FoundAsset } from '../source.js';
import { sendPart } from './body.js';
import { isSamePart, judgeConditions, type Validators } from './conditions.js';
import { type OpenAsset, openAsset } from './file.js';
import { type ByteRange, judgeRange } from './range.js';

interface OpenCoding extends OpenAsset {
  readonly coding: AssetCoding | undefined;
}

/** The validators that nginx gives the file, so that a file has the same ones from both. */
export function nginxValidators({ modifiedNanoseconds, size }: OpenAsset): Validators {
  const modifiedSeconds = secondsOf(modifiedNanoseconds);
  return { modifiedSeconds, entityTag: entityTag(modifiedSeconds, size) };
}

/** Validators for files that people edit: they also differ for two versions of the same length within one second. */
export function exactValidators({ modifiedNanoseconds, size }: OpenAsset): Validators {
  const tag = `"${modifiedNanoseconds.toString(16)}-${size.toString(16)}"`;
  return { modifiedSeconds: secondsOf(modifiedNanoseconds), entityTag: tag };
}

function secondsOf(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000_000n);
}

/** How {@link AssetResponder} makes answers. */
export interface ResponderParts {
  readonly validatorsOf: (file: OpenAsset) => Validators;
  readonly followsLinks: boolean;
}

/** Answers a GET or HEAD with an asset. */
export class AssetResponder {
  readonly #parts: ResponderParts;

  constructor(parts: ResponderParts) {
    this.#parts = parts;
  }

  /** Returns whether the asset was there; if not, nothing was sent. Rejects if no descriptors are left to open it. */
  async respond(asset: FoundAsset, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const file = await this.#open(asset, request.headers['accept-encoding']);
    if (file === undefined) return false;
    try {
      await this.#answer(asset, file, { request, response });
      return true;
    } finally {
      await file.handle.close();
    }
  }

  async #answer(asset: FoundAsset, file: OpenCoding, { request, response }: Exchange): Promise<void> {
    const validators = this.#parts.validatorsOf(file);
    const verdict = judgeConditions(request.headers, validators);
    if (asset.codings.length > 0) response.appendHeader('Vary', 'Accept-Encoding');
    if (verdict === 'failed') return void response.writeHead(412, NO_BODY).end();
    const range = verdict === 'send' ? rangeOf(file, validators, request) : 'whole';
    if (range === 'unsatisfiable') return refuseRange(file.size, response);
    setHeaders(asset, validators, response);
    if (verdict === 'not-modified') sendNotModified(response);
    else await send(asset, file, range, { request, response });
  }

  /** Opens the best coding that is still there: it may have been removed since it was found. */
  async #open({ file, codings }: FoundAsset, accepted: string | undefined): Promise<OpenCoding | undefined> {
    for (const coding of [...preferredCodings(accepted, codings), undefined]) {
      const suffix = coding === undefined ? '' : codingSuffixes[coding];
      const open = await openAsset(`${file}${suffix}`, this.#parts.followsLinks);
      if (open !== undefined) return { ...open, coding };
    }
    return undefined;
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Sets the headers that a 304 has too. */
function setHeaders({ answer }: FoundAsset, validators: Validators, response: ServerResponse): void {
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  response.setHeader('ETag', validators.entityTag);
  response.setHeader('Last-Modified', new Date(validators.modifiedSeconds * 1000).toUTCString());
}

/** Returns the requested part. Only GET can request one (RFC 9110 §14.2). A coding is sent whole, as nginx does. */
function rangeOf(
  { coding, size }: OpenCoding,
  validators: Validators,
  { method, headers }: IncomingMessage,
): ReturnType<typeof judgeRange> {
  const condition = headers['if-range'];
  if (method !== 'GET' || coding !== undefined || Array.isArray(condition)) return 'whole';
  return isSamePart(condition, validators) ? judgeRange(headers.range, size) : 'whole';
}

async function send(
  { answer }: FoundAsset,
  { coding, size, handle }: OpenCoding,
  range: ByteRange | 'whole',
  { request, response }: Exchange,
): Promise<void> {
  const { start, end } = range === 'whole' ? { start: 0, end: size - 1 } : range;
  const length = end - start + 1;
  response.statusCode = range === 'whole' ? 200 : 206;
  response.setHeader('Content-Type', answer.type);
  response.setHeader('Content-Length', length);
  if (coding !== undefined) response.setHeader('Content-Encoding', coding);
  else if (range === 'whole') response.setHeader('Accept-Ranges', 'bytes');
  else response.setHeader('Content-Range', `bytes ${start}-${end}/${size}`);
  if (request.method === 'HEAD' || length === 0) response.end();
  else await sendPart(handle, { start, length }, response);
}

/** Removes the headers that the app has set for a body: they do not describe this one (RFC 9110 §15.4.5). */
function sendNotModified(response: ServerResponse): void {
  for (const name of ['Encoding', 'Language', 'Length', 'Range', 'Type'])
    response.removeHeader(`Content-${name}`);
  response.writeHead(304).end();
}

const NO_BODY = { 'Content-Length': 0 };

/** Refuses a wrong range. No cache may send this response to another client. */
function refuseRange(size: number, response: ServerResponse): void {
  const headers = { 'Content-Range': `bytes */${size}`, 'Cache-Control': 'no-store' };
  response.writeHead(416, { ...headers, ...NO_BODY }).end();
}
