/** What is purged with the URLs of a call. */
export interface PurgeOrder {
  /** The tags that were deleted by, as the app has given them; their pages are among the URLs. For what purges by key itself. */
  readonly tags: readonly string[];
  /** Everything that the CDN has of the site is to be purged. Then the URLs are those of `/`, by each host and scheme. */
  readonly all: boolean;
  /** Aborted when the call takes too long, and when the site is closed. */
  readonly signal: AbortSignal;
}

/**
 * Has a CDN forget URLs. Resolves when the CDN has accepted that; a rejection, of whatever kind, has it tried again. What is
 * purged twice does no harm.
 */
export type PurgeUrls = (urls: readonly string[], order: PurgeOrder) => Promise<void>;

/** A CDN, or any cache in front of the site: `cloudflare()`, `fastly()`, `cloudfront()` and `purge()` make one. */
export interface CdnService {
  /** For people, without secrets. */
  readonly name: string;
  readonly purge: PurgeUrls;
  /** How many URLs a call may have. Default: 100. */
  readonly urlsPerCall?: number;
  /** The least time between the beginnings of two calls of a process, in milliseconds. Default: 0. */
  readonly millisecondsPerCall?: number;
}

/** Why a CDN has not taken a purge. */
export class PurgeRefusedError extends Error {
  override readonly name = 'PurgeRefusedError';
  /** How long the CDN wants to be left alone, in milliseconds; undefined: it did not say. */
  readonly retryAfterMs: number | undefined;
  /** What people can do about it; undefined: wait. */
  readonly remedy: string | undefined;

  constructor(
    message: string,
    {
      retryAfterMs,
      remedy,
      cause,
    }: { retryAfterMs?: number | undefined; remedy?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.retryAfterMs = retryAfterMs;
    this.remedy = remedy;
  }
}
