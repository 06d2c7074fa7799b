import { hash } from 'node:crypto';
import type { SourceFile } from '../source.js';
import type { DeployedFile, DeployTarget } from '../target.js';
import { S3Client, type S3Options, sha256 } from './client.js';
import { parseListing, unquote } from './listing.js';

/** A bucket of a store that speaks S3, or a part of one under a prefix. */
export class S3Target implements DeployTarget {
  readonly name: string;
  readonly keepsTypes = true;
  readonly hasFolders = false;
  readonly #prefix: string;
  readonly #client: S3Client;

  constructor(options: S3Options) {
    this.#client = new S3Client(options);
    this.#prefix = options.prefix;
    this.name = this.#client.name;
  }

  async *list(): AsyncGenerator<DeployedFile> {
    const prefix = this.#prefix;
    for (let token: string | undefined = ''; token !== undefined; ) {
      const query = {
        'list-type': '2',
        ...(prefix === '' ? {} : { prefix }),
        ...(token === '' ? {} : { 'continuation-token': token }),
      };
      const response = await this.#client.send({ method: 'GET', query });
      const { objects, continuation } = parseListing(await response.text());
      for (const { key, etag } of objects)
        if (key.length > prefix.length) yield { key: key.slice(prefix.length), revision: etag };
      token = continuation;
    }
  }

  async read(key: string): Promise<Buffer | undefined> {
    const response = await this.#client.send({ method: 'GET', key }, { accept: [404] });
    if (response.status === 404) {
      await response.arrayBuffer();
      return undefined;
    }
    return Buffer.from(await response.arrayBuffer());
  }

  async write({ key, headers }: SourceFile, body: Buffer): Promise<string> {
    const { contentType, contentEncoding, cacheControl } = headers;
    const response = await this.#client.send({
      method: 'PUT',
      key,
      body,
      headers: {
        'content-type': contentType,
        'cache-control': cacheControl,
        ...(contentEncoding === undefined ? {} : { 'content-encoding': contentEncoding }),
        // The store compares this hash with what has arrived.
        'content-md5': hash('md5', body, 'base64'),
        'x-amz-content-sha256': sha256(body),
        'x-amz-meta-sha256': sha256(body),
      },
    });
    await response.arrayBuffer();
    return unquote(response.headers.get('etag') ?? '');
  }

  async verify({ key, headers }: SourceFile, body: Buffer, revision: string): Promise<void> {
    const response = await this.#client.send({ method: 'HEAD', key });
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
    const response = await this.#client.send({ method: 'DELETE', key }, { accept: [404] });
    await response.arrayBuffer();
  }

  async close(): Promise<void> {
    // Every request has ended by itself.
  }
}

/** Stores write parameters in different ways: `text/html;charset=UTF-8`. */
function comparable(value: string): string {
  return value.toLowerCase().replace(/;\s+/g, ';').replace(/,\s+/g, ',');
}
