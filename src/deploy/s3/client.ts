import { hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { messageOf, StaticGeneratorError } from '../../errors.js';
import { parseProblem } from './listing.js';

export interface S3Options {
  readonly bucket: string;
  /** The beginning of every key: empty, or ending in `/`. */
  readonly prefix: string;
  /** The address of the service. `undefined` for that of AWS in the region. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

export interface S3Request {
  readonly method: 'GET' | 'PUT' | 'HEAD' | 'DELETE';
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

const MAX_ATTEMPTS = 5;
const FIRST_RETRY_MS = 200;
const TIMEOUT_MS = 120_000;
/** Failures that may not happen again: timeouts, throttling, and faults of the service. */
const isPassing = (status: number) => status === 408 || status === 429 || status >= 500;

/** Sends signed requests to a bucket, and repeats them if that may help. Keys are relative to the prefix. */
export class S3Client {
  /** The name that people use for it. */
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
    // A certificate of *.s3.amazonaws.com covers one label, so a bucket with dots must be in the path.
    const isHostName = endpoint === undefined && !bucket.includes('.');
    const service = endpoint ?? `https://s3.${region}.amazonaws.com`;
    this.#base = isHostName
      ? `https://${bucket}.s3.${region}.amazonaws.com`
      : `${service.replace(/\/+$/, '')}/${bucket}`;
  }

  /**
   * Sends a request, and repeats it if that may help. Rejects with `ERR_DEPLOY_FAILED` and the message of the store.
   */
  async send(request: S3Request, { accept = [] }: { accept?: readonly number[] } = {}): Promise<Response> {
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
      const message = `${subject} got no response from ${this.#base}: ${outcome.message}${cause}`;
      return new StaticGeneratorError('ERR_DEPLOY_FAILED', message, { cause: outcome, fields: { key } });
    }
    const { status } = outcome;
    const said = parseProblem(await outcome.text()) ?? outcome.statusText;
    const message = `${subject} failed with status ${status} ${said}${remedyOf(status)}`;
    return new StaticGeneratorError('ERR_DEPLOY_FAILED', message, { fields: { key, status } });
  }
}

function remedyOf(status: number): string {
  if (status === 403)
    return '. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, the region, and the permissions of the key';
  if (status === 404) return '. Check the name of the bucket, the endpoint and the region';
  if (status === 301 || status === 307) return '. The bucket is in another region';
  return '';
}

/** Returns the hash in the form that headers of S3 use. */
export function sha256(body: Buffer | string): string {
  return hash('sha256', body, 'hex');
}

/** Returns a key as a path. Throws for `.` and `..`, which a URL would resolve to another object. No file of a folder has such a name. */
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
