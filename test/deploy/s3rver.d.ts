declare module '@20minutes/s3rver' {
  import type { RequestListener } from 'node:http';

  /** The members that the tests use. Its keys are always S3RVER and S3RVER. */
  class S3rver {
    constructor(options: {
      readonly silent: boolean;
      readonly directory: string;
      readonly vhostBuckets: boolean;
      readonly configureBuckets: readonly { readonly name: string; readonly configs: readonly string[] }[];
    });
    configureBuckets(): Promise<unknown>;
    callback(): RequestListener;
    readonly store: {
      listObjects(bucket: string, options: { readonly maxKeys: number }): Promise<unknown>;
    };
  }

  export = S3rver;
}
