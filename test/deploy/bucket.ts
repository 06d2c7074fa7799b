import crypto from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import { vi } from 'vitest';
import { listen } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

/** A store that speaks S3 and checks signatures, with one bucket, in this process. */
export interface Bucket {
  readonly endpoint: string;
  /** The requests so far, such as `PUT /site/a.html`. */
  readonly requests: string[];
  /** The environment variables that a command needs to reach it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Answers a request instead of the store, if it returns true. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean;
}

const WEBSITE =
  '<WebsiteConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>';

/**
 * Starts the store. `website`: everyone may read the bucket, below `/site/`, with an `index.html` for each folder.
 * `listingSize`: the largest number of objects in a listing.
 */
export async function startBucket({ website = false, listingSize = 1_000 } = {}): Promise<Bucket> {
  allowDes();
  const store = new S3rver({
    silent: true,
    directory: join(await temporaryFolder(), 'store'),
    vhostBuckets: false,
    configureBuckets: [{ name: 'site', configs: website ? [WEBSITE] : [] }],
  });
  await store.configureBuckets();
  const { listObjects } = store.store;
  store.store.listObjects = (name, options) =>
    listObjects.call(store.store, name, { ...options, maxKeys: Math.min(options.maxKeys, listingSize) });
  const answer = store.callback();
  const requests: string[] = [];
  const faults: Pick<Bucket, 'intercept'> = { intercept: () => false };
  const port = await listen((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (!faults.intercept(request, response)) answer(request, response);
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const environment = {
    AWS_ACCESS_KEY_ID: 'S3RVER',
    AWS_SECRET_ACCESS_KEY: 'S3RVER',
    AWS_ENDPOINT_URL_S3: endpoint,
  };
  return Object.assign(faults, { requests, endpoint, environment });
}

/**
 * Replaces DES, with which the store encrypts continuation tokens, and which OpenSSL 3 lacks. Triple DES with one key
 * is the same.
 */
function allowDes(): void {
  const thrice = (key: unknown) => Buffer.concat([key, key, key] as Buffer[]);
  for (const method of ['createCipheriv', 'createDecipheriv'] as const) {
    if (vi.isMockFunction(crypto[method])) continue;
    const original = crypto[method] as (...given: unknown[]) => never;
    vi.spyOn(crypto, method).mockImplementation((name: string, key: unknown, iv: unknown) =>
      name === 'des' ? original('des-ede3-cbc', thrice(key), iv) : original(name, key, iv),
    );
  }
}
