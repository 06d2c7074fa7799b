import { AwsClient } from 'aws4fetch';

const keys = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER', service: 's3', region: 'us-east-1' };

/** Signs a request so that the test store accepts it. */
export async function sign(url: string, { method }: { readonly method: string }): Promise<Request> {
  return await new AwsClient(keys).sign(url, { method });
}
