import { randomUUID } from 'node:crypto';
import { atCaller } from '../../errors.js';
import { OptionReader } from '../../option-reader.js';
import { callService } from './call.js';
import { readEndpoint, readSecret } from './options.js';
import { addressesOf } from './origins.js';
import type { CdnService } from './service.js';

/** Keys of AWS. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** How to purge a distribution of CloudFront. */
export interface CloudfrontOptions {
  /**
   * The ID of the distribution, such as `E2QWRUHAPOMQZL`. Default: the environment variable
   * `CLOUDFRONT_DISTRIBUTION_ID`.
   */
  readonly distribution?: string;
  /**
   * Keys with the permission `cloudfront:CreateInvalidation`, or a function that returns them for each call, such as
   * `fromNodeProviderChain()` of `@aws-sdk/credential-providers`. Default: the environment variables
   * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
   */
  readonly credentials?: AwsCredentials | (() => Promise<AwsCredentials>);
  /** The address of the API. Default: `https://cloudfront.amazonaws.com`. */
  readonly endpoint?: string;
}

const ENDPOINT = 'https://cloudfront.amazonaws.com';
/** CloudFront allows 3,000 paths in progress at a time; this leaves room for what others invalidate. */
const PATHS_PER_CALL = 1_000;
const NAMESPACE = 'http://cloudfront.amazonaws.com/doc/2020-05-31/';

/**
 * Invalidates paths at CloudFront: `POST /2020-05-31/distribution/{distribution}/invalidation`, 1,000 paths a call.
 * A path is invalidated for all host names of the distribution. To purge everything, one path stands for
 * everything, including assets. CloudFront accepts an invalidation before it is carried out everywhere, which takes
 * some seconds more. It charges for more than 1,000 paths a month; everything counts as one path. With more than
 * 3,000 paths in progress it answers `TooManyInvalidationsInProgress`, and the rest is sent later. Throws
 * `ERR_OPTIONS` with every problem.
 *
 * @see https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateInvalidation.html
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html
 */
export function cloudfront(options: CloudfrontOptions = {}): CdnService {
  const read = new OptionReader(options);
  read.refuseUnknown(['distribution', 'credentials', 'endpoint']);
  const distribution = readSecret(read, 'distribution', {
    variable: 'CLOUDFRONT_DISTRIBUTION_ID',
    expected: 'the ID of a distribution',
    pattern: /^[A-Z0-9]+$/,
  });
  const credentials = readCredentials(read);
  const endpoint = readEndpoint(read, ENDPOINT);
  atCaller(cloudfront, () => read.throwProblems());
  const url = `${endpoint}/2020-05-31/distribution/${distribution}/invalidation`;
  return Object.freeze({
    name: `CloudFront, distribution ${distribution}`,
    urlsPerCall: PATHS_PER_CALL,
    purge: async (urls, { all, signal }) => {
      const paths = all ? ['/*'] : [...new Set(addressesOf(urls).map(({ path }) => path))];
      if (paths.length > 0) await invalidate({ url, paths, credentials: await credentials(), signal });
    },
  } satisfies CdnService);
}

interface Invalidation {
  readonly url: string;
  readonly paths: readonly string[];
  readonly credentials: AwsCredentials;
  readonly signal: AbortSignal;
}

async function invalidate({ url, paths, credentials, signal }: Invalidation): Promise<void> {
  // Only sites on CloudFront need this package.
  const { AwsClient } = await import('aws4fetch');
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const client = new AwsClient({
    ...{ accessKeyId, secretAccessKey, service: 'cloudfront', region: 'us-east-1', retries: 0 },
    ...(sessionToken === undefined ? {} : { sessionToken }),
  });
  const body = batchOf(paths);
  const signed = await client.sign(url, { method: 'POST', headers: { 'content-type': 'text/xml' }, body });
  await callService({
    service: 'CloudFront',
    url,
    init: { method: 'POST', headers: signed.headers, body, signal },
    credentials: 'the credentials of `cloudfront()`, which must allow cloudfront:CreateInvalidation',
    isForLater: ({ text }) => /<Code>(?:TooManyInvalidationsInProgress|Throttling)<\/Code>/.test(text),
  });
}

/** Each call has a new reference: a repeated call is a new invalidation, which covers what was fetched since. */
function batchOf(paths: readonly string[]): string {
  const items = paths.map((path) => `<Path>${escapeXml(path)}</Path>`).join('');
  return `<?xml version="1.0" encoding="UTF-8"?><InvalidationBatch xmlns="${NAMESPACE}"><CallerReference>${randomUUID()}</CallerReference><Paths><Items>${items}</Items><Quantity>${paths.length}</Quantity></Paths></InvalidationBatch>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function readCredentials(read: OptionReader): () => Promise<AwsCredentials> {
  const given = read.raw('credentials') ?? fromEnvironment(process.env);
  if (typeof given === 'function') return given as () => Promise<AwsCredentials>;
  if (!isCredentials(given))
    read.refuseUnseen(
      'credentials',
      'accessKeyId and secretAccessKey, a function that returns them, or the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      given,
    );
  return () => Promise.resolve(given as AwsCredentials);
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Partial<AwsCredentials> | undefined {
  const accessKeyId = environment.AWS_ACCESS_KEY_ID;
  const secretAccessKey = environment.AWS_SECRET_ACCESS_KEY;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: environment.AWS_SESSION_TOKEN };
}

function isCredentials(value: unknown): value is AwsCredentials {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'accessKeyId' in value &&
    typeof value.accessKeyId === 'string' &&
    'secretAccessKey' in value &&
    typeof value.secretAccessKey === 'string'
  );
}
