import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import {
  type BrotliOptions,
  brotliCompress,
  brotliCompressSync,
  brotliDecompress,
  constants,
  gunzip,
  gzip,
  gzipSync,
  inflate,
  type ZlibOptions,
} from 'node:zlib';

/** The codings that are stored beside a page, with the suffix of their files; the smaller is preferred. */
export const storedCodings = Object.freeze({ br: '.br', gzip: '.gz' } as const);
export type StoredCoding = keyof typeof storedCodings;

export function isStoredCoding(coding: string): coding is StoredCoding {
  return Object.hasOwn(storedCodings, coding);
}

/** Moderate qualities, because a page is compressed during a request: higher ones save little for much more time. */
const GZIP_LEVEL = 6;
const BROTLI_QUALITY = 5;
/** A smaller body fits into one packet with its headers; a coding would only cost a file. */
const MIN_BYTES = 1024;
/** A coding that saves less is not worth its decompression. */
const MAX_RATIO = 0.95;

const compressible =
  /^(?:text\/|application\/(?:json|xml|javascript|manifest\+json)|[\w.-]+\/[\w.+-]+\+(?:json|xml))/i;

const gzipAsync = promisify(gzip);
const brotliAsync = promisify(brotliCompress);

/** Whether compression makes bodies of a Content-Type smaller. */
export function isCompressible(contentType: string): boolean {
  return compressible.test(contentType);
}

/** How much time is spent to save bytes. */
export interface Effort {
  readonly gzipLevel: number;
  readonly brotliQuality: number;
}

const moderate: Effort = { gzipLevel: GZIP_LEVEL, brotliQuality: BROTLI_QUALITY };
/** For files that are compressed once and served many times. */
export const utmostEffort: Effort = Object.freeze({ gzipLevel: 9, brotliQuality: 11 });

type Codings = ReadonlyMap<StoredCoding, Buffer>;

/** Makes the codings of a body that are worth keeping, off the event loop. */
export async function makeCodings(
  body: Uint8Array,
  contentType: string,
  effort: Effort = moderate,
): Promise<Codings> {
  if (!mayGetCodings(body, contentType)) return new Map();
  const [gzipped, brotlied] = await Promise.all([
    gzipAsync(body, gzipOptions(effort)),
    brotliAsync(body, brotliOptions(effort, body)),
  ]);
  return codingsWorthKeeping(body, gzipped, brotlied);
}

/**
 * Like {@link makeCodings}, but synchronous, for a thread that has nothing else to do: a page is compressed in less
 * time than it is handed over.
 */
export function makeCodingsSync(body: Uint8Array, contentType: string): Codings {
  if (!mayGetCodings(body, contentType)) return new Map();
  const gzipped = gzipSync(body, gzipOptions(moderate));
  const brotlied = brotliCompressSync(body, brotliOptions(moderate, body));
  return codingsWorthKeeping(body, gzipped, brotlied);
}

/** Whether it is worth trying to compress a body. */
export function mayGetCodings(body: Uint8Array, contentType: string): boolean {
  return body.length >= MIN_BYTES && isCompressible(contentType);
}

function gzipOptions({ gzipLevel }: Effort): ZlibOptions {
  return { level: gzipLevel };
}

function brotliOptions({ brotliQuality }: Effort, body: Uint8Array): BrotliOptions {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
    },
  };
}

function codingsWorthKeeping(body: Uint8Array, gzipped: Buffer, brotlied: Buffer): Codings {
  // The ETag depends on the page's content and on the length, so two codings of the same length would share one.
  const isSmaller = brotlied.length < gzipped.length;
  const made = [...(isSmaller ? [['br', brotlied] as const] : []), ['gzip', gzipped] as const];
  return new Map(made.filter(([, bytes]) => isWorthKeeping(bytes, body)));
}

type Compress = (body: Buffer, callback: (error: Error | null, bytes: Buffer) => void) => void;
const zstd: unknown = Reflect.get(zlib, 'zstdCompress');

function isCompress(value: unknown): value is Compress {
  return typeof value === 'function';
}

/** Returns the body in zstd, if this release of Node has it (22.15) and it is worth keeping; otherwise `undefined`. */
export async function makeZstd(body: Buffer, contentType: string): Promise<Buffer | undefined> {
  if (!isCompress(zstd) || !mayGetCodings(body, contentType)) return undefined;
  const bytes = await promisify(zstd)(body);
  return isWorthKeeping(bytes, body) ? bytes : undefined;
}

function isWorthKeeping(bytes: Buffer, body: Uint8Array): boolean {
  return bytes.length <= body.length * MAX_RATIO;
}

const decoders = {
  gzip: promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip),
  'x-gzip': promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip),
  deflate: promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate),
  br: promisify<Buffer, { maxOutputLength: number }, Buffer>(brotliDecompress),
};

/** Undoes a content coding, off the event loop. Rejects for broken data, and for more than `maxOutputLength` bytes. */
export async function decode(
  body: Buffer,
  coding: keyof typeof decoders,
  maxOutputLength: number,
): Promise<Buffer> {
  return await decoders[coding](body, { maxOutputLength });
}
