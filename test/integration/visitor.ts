import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { type Options, type StaticGenerator, staticGenerator } from '../../src/index.js';
import type { Reason } from '../../src/page/reasons.js';
import { RecordingLogger } from '../helpers/recording-logger.js';
import { type Answer, type RequestOptions, send } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

export const HIT = 'staticgenerator; hit';
export const MISS = 'staticgenerator; fwd=uri-miss';

/** The pages of one test, not yet mounted in a framework. */
export interface TestPages {
  readonly pages: StaticGenerator;
  readonly webRoot: string;
  readonly logger: RecordingLogger;
}

export async function testPages(options: Partial<Options> = {}): Promise<TestPages> {
  const webRoot = join(await temporaryFolder(), 'pages');
  const logger = new RecordingLogger();
  const pages = staticGenerator({ urls: [/^\//], webRoot, logger, ...options });
  onTestFinished(() => pages.close());
  return { pages, webRoot, logger };
}

/** A response, and whether the site then stored it, or the reason why not. */
export type Visit = Answer & { readonly outcome: 'stored' | Reason };

/** Sends a request to a page that is not stored, and waits for the outcome. */
export async function visit(
  port: number,
  { logger }: Pick<TestPages, 'logger'>,
  target: string,
  options?: RequestOptions,
): Promise<Visit> {
  const from = logger.lines.length;
  const answer = await send(port, target, options);
  const end = await logger.waitFor(({ message }) => /^(?:page stored|not stored: )/.test(message), from);
  const outcome = end.message === 'page stored' ? 'stored' : (end.fields.reason as Reason);
  return { ...answer, outcome };
}

/**
 * Returns what must be equal with and without a stored page: all except connection, validators, coding and cache
 * headers.
 */
export function comparable({ status, headers, bytes }: Answer) {
  const {
    date,
    connection,
    'keep-alive': keepAlive,
    'transfer-encoding': transferEncoding,
    'content-length': contentLength,
    etag,
    'x-powered-by': poweredBy,
    'cache-status': cacheStatus,
    'content-encoding': contentEncoding,
    ...rest
  } = headers;
  return { status, headers: withoutCodingVary(rest), body: decoded(headers, bytes) };
}

function withoutCodingVary({ vary, ...rest }: IncomingHttpHeaders): IncomingHttpHeaders {
  const names = (vary ?? '').split(/, */).filter((name) => !/^(?:accept-encoding)?$/i.test(name));
  return names.length === 0 ? rest : { ...rest, vary: names.join(', ') };
}

function decoded({ 'content-encoding': coding = 'identity' }: IncomingHttpHeaders, bytes: Buffer): string {
  const decode = { identity: (body: Buffer) => body, gzip: gunzipSync, br: brotliDecompressSync }[coding];
  if (decode === undefined) throw new Error(`Expected a body in identity, gzip or br, got ${coding}`);
  // The response to HEAD has the headers of a body, but no body.
  return bytes.length === 0 ? '' : decode(bytes).toString();
}
