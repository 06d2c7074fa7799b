import { hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { messageOf, StaticGeneratorError } from '../errors.js';
import { parseListing, parseProblem, unquote } from './s3-listing.js';
import type { SourceFile } from './source.js';
import type { DeployedFile, DeployTarget } from './target.js';

export interface S3Options {
  readonly bucket: string;
  /** What stands before every key: empty, or ending in `/`. */
  readonly prefix: string;
  /** The address of the service; undefined: that of AWS for the region. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

interface S3Request {
  readonly method: 'GET' | 'PUT' | 'HEAD' | 'DELETE';
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

const MAX_ATTEMPTS = 5;
const FIRST_RETRY_MS = 200;
const TIMEOUT_MS = 120_000;
/** What helps to repeat: timeouts, throttling, and faults of the service. */
const isPassing = (status: number) => status === 408 || status === 429 || status >= 500;

/** A bucket of a store that speaks S3, or the part of one under a prefix. */
export class S3Target implements DeployTarget {
  readonly name: string;
  readonly #options: S3Options;
  readonly #client: AwsClient;
  readonly #base: string;

  constructor(options: S3Options) {
    const { bucket, prefix, endpoint, region, accessKeyId, secretAccessKey, sessionToken } = options;
    this.#options = options;
    this.name = `s3://${bucket}/${prefix}`;
    this.#client = new AwsClient({
      ...{ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 },
      ...(sessionToken === undefined ? {} : { sessionToken }),
    });
    // A certificate of *.s3.amazonaws.com is for one label: a bucket with dots has to stand in the path.
    const isHostName = endpoint === undefined && !bucket.includes('.');
    const service = endpoint ?? `https://s3.${region}.amazonaws.com`;
    this.#base = isHostName
      ? `https://${bucket}.s3.${region}.amazonaws.com`
      : `${service.replace(/\/+$/, '')}/${bucket}`;
  }

  async *list(): AsyncGenerator<DeployedFile> {
    const { prefix } = this.#options;
    for (let token: string | undefined = ''; token !== undefined; ) {
      const query = {
        'list-type': '2',
        ...(prefix === '' ? {} : { prefix }),
        ...(token === '' ? {} : { 'continuation-token': token }),
      };
      const response = await this.#send({ method: 'GET', query });
      const { objects, continuation } = parseListing(await response.text());
      for (const { key, etag } of objects)
        if (key.length > prefix.length) yield { key: key.slice(prefix.length), revision: etag };
      token = continuation;
    }
  }

  async read(key: string): Promise<Buffer | undefined> {
    const response = await this.#send({ method: 'GET', key }, { accept: [404] });
    if (response.status === 404) {
      await response.arrayBuffer();
      return undefined;
    }
    return Buffer.from(await response.arrayBuffer());
  }

  async write({ key, headers }: SourceFile, body: Buffer): Promise<string> {
    const { contentType, contentEncoding, cacheControl } = headers;
    const response = await this.#send({
      method: 'PUT',
      key,
      body,
      headers: {
        'content-type': contentType,
        'cache-control': cacheControl,
        ...(contentEncoding === undefined ? {} : { 'content-encoding': contentEncoding }),
        // The store compares it with what has arrived.
        'content-md5': hash('md5', body, 'base64'),
        'x-amz-content-sha256': sha256(body),
        'x-amz-meta-sha256': sha256(body),
      },
    });
    await response.arrayBuffer();
    return unquote(response.headers.get('etag') ?? '');
  }

  async verify({ key, headers }: SourceFile, body: Buffer, revision: string): Promise<void> {
    const response = await this.#send({ method: 'HEAD', key });
    const expected: Readonly<Record<string, string>> = {
      etag: revision,
      'content-length': String(body.length),
      'content-type': headers.contentType,
      'cache-control': headers.cacheControl,
      ...(headers.contentEncoding === undefined ? {} : { 'content-encoding': headers.contentEncoding }),
      'x-amz-meta-sha256': sha256(body),
    };
    for (const [name, value] of Object.entries(expected)) {
      const got = response.headers.get(name) ?? '';
      if (comparable(unquote(got)) !== comparable(value))
        throw new Error(`expected ${name} to be ${value}, got ${got || 'none'}`);
    }
  }

  async remove(key: string): Promise<void> {
    const response = await this.#send({ method: 'DELETE', key }, { accept: [404] });
    await response.arrayBuffer();
  }

  async close(): Promise<void> {
    // Every request has ended by itself.
  }

  /** Sends a request, again if that may help. Rejects with `ERR_DEPLOY_FAILED` and what the store says. */
  async #send(request: S3Request, { accept = [] }: { accept?: readonly number[] } = {}): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#sendOnce(request);
      const mayPass = outcome instanceof Error || isPassing(outcome.status);
      if (outcome instanceof Response && (outcome.ok || accept.includes(outcome.status))) return outcome;
      if (!mayPass || attempt === MAX_ATTEMPTS) throw await this.#failure(request, outcome);
      if (outcome instanceof Response) await outcome.arrayBuffer();
      await delay(FIRST_RETRY_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }

  async #sendOnce({ method, key, query = {}, headers = {}, body }: S3Request): Promise<Response | Error> {
    const url = new URL(this.#base + (key === undefined ? '' : `/${encodeKey(this.#options.prefix + key)}`));
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const signed = await this.#client.sign(url.href, {
      method,
      headers: { 'x-amz-content-sha256': sha256(body ?? ''), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    try {
      return await fetch(signed, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      return error instanceof Error ? error : new Error(messageOf(error));
    }
  }

  async #failure({ method, key }: S3Request, outcome: Response | Error): Promise<StaticGeneratorError> {
    const subject = `${method} ${key === undefined ? this.name : this.name + key}`;
    if (outcome instanceof Error) {
      const cause = outcome.cause === undefined ? '' : ` (${messageOf(outcome.cause)})`;
      const message = `${subject} got no answer from ${this.#base}: ${outcome.message}${cause}`;
      return new StaticGeneratorError('ERR_DEPLOY_FAILED', message, { cause: outcome, fields: { key } });
    }
    const { status } = outcome;
    const said = parseProblem(await outcome.text()) ?? outcome.statusText;
    const message = `${subject} was answered ${status} ${said}${remedyOf(status)}`;
    return new StaticGeneratorError('ERR_DEPLOY_FAILED', message, { fields: { key, status } });
  }
}

function remedyOf(status: number): string {
  if (status === 403)
    return '. Look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, the region, and what the key may do';
  if (status === 404) return '. Look at the name of the bucket, the endpoint and the region';
  if (status === 301 || status === 307) return '. The bucket is in another region';
  return '';
}

function sha256(body: Buffer | string): string {
  return hash('sha256', body, 'hex');
}

/** Stores differ in how they write parameters: `text/html;charset=UTF-8`. */
function comparable(value: string): string {
  return value.toLowerCase().replace(/;\s+/g, ';').replace(/,\s+/g, ',');
}

/** A key as a path. `.` and `..` would name another object once the URL is resolved; no file of a folder is so called. */
function encodeKey(key: string): string {
  if (key.split('/').some((segment) => segment === '.' || segment === '..'))
    throw new StaticGeneratorError('ERR_DEPLOY_FAILED', `The key ${key} cannot be named in a URL`);
  return key.split('/').map(encodeSegment).join('/');
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
