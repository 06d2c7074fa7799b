import { StaticGeneratorError } from '../errors.js';
import { DirectoryTarget } from './directory-target.js';
import { S3Target } from './s3/target.js';
import type { DeployTarget } from './target.js';

/** The options of a target that its name does not contain. */
export interface TargetOptions {
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
}

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Returns the target of a name: `s3://bucket/prefix` or a folder. Throws `ERR_BAD_DEPLOY_TARGET`. */
export function locateTarget(name: string, options: TargetOptions): DeployTarget {
  if (name.startsWith('s3://')) return locateBucket(name, options);
  if (name === '' || /^[a-z][a-z0-9+.-]+:/i.test(name))
    throw badTarget(name, 's3://<bucket>/<prefix>, command:<command line>, or a folder');
  return new DirectoryTarget(name);
}

function locateBucket(name: string, { endpoint, region, environment }: TargetOptions): S3Target {
  const [bucket = '', ...rest] = name.slice('s3://'.length).split('/');
  if (!BUCKET_NAME.test(bucket)) throw badTarget(name, 's3://<bucket>/<prefix> with the name of a bucket');
  const prefix = rest.filter((segment) => segment !== '').join('/');
  const address = endpoint ?? environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL;
  if (address !== undefined && !(URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)))
    throw badTarget(address, 'an endpoint that is an http or https URL');
  return new S3Target({
    bucket,
    prefix: prefix === '' ? '' : `${prefix}/`,
    endpoint: address,
    region: region ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? 'us-east-1',
    accessKeyId: credential(name, 'AWS_ACCESS_KEY_ID', environment),
    secretAccessKey: credential(name, 'AWS_SECRET_ACCESS_KEY', environment),
    sessionToken: environment.AWS_SESSION_TOKEN,
  });
}

function credential(name: string, variable: string, environment: NodeJS.ProcessEnv): string {
  const value = environment[variable];
  if (value !== undefined && value !== '') return value;
  throw new StaticGeneratorError(
    'ERR_BAD_DEPLOY_TARGET',
    `Expected the environment variable ${variable} to be set for ${name}, got nothing`,
    { fields: { target: name } },
  );
}

function badTarget(name: string, expected: string): StaticGeneratorError {
  return new StaticGeneratorError(
    'ERR_BAD_DEPLOY_TARGET',
    `Expected the target to be ${expected}, got ${JSON.stringify(name)}`,
    { fields: { target: name } },
  );
}
